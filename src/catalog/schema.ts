/** Raised with every change of what the rows hold: a catalog of another shape is thrown away and made anew. */
export const SHAPE = "6";

/**
 * A `row` has what its columns do not say (`packed-row.ts`). The `words` of a request are what it was for and why it stopped, as a name.
 * `turn` is the turn that was told (`turn_told`), else the last that its agent had begun. `docs` has what can be found by words, one row per thing, and `words` the index over it. `tags` makes filters part of the search: `s12` is
 * a session, `p3` a project, `kcall` a kind, `obad` an outcome, `t9` a tool, `a4` an agent.
 */
export const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE sessions (no INTEGER PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, project INTEGER, app TEXT, title TEXT);
  CREATE TABLE names (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE agents (session INTEGER NOT NULL, agent_id TEXT NOT NULL, name TEXT, type TEXT, PRIMARY KEY (session, agent_id)) WITHOUT ROWID;
  CREATE TABLE calls (
    no INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    call_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    turn TEXT,
    turn_told INTEGER NOT NULL DEFAULT 0,
    request TEXT,
    run TEXT,
    tool INTEGER,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    duration REAL,
    row TEXT NOT NULL,
    UNIQUE (session, call_id)
  );
  CREATE INDEX calls_by_start ON calls (at, no);
  CREATE INDEX calls_by_duration ON calls (duration, no) WHERE duration IS NOT NULL;
  CREATE INDEX calls_by_session ON calls (session, at, no);
  CREATE INDEX calls_by_tool ON calls (tool, at, no);
  CREATE INDEX calls_by_run ON calls (run, at, no) WHERE run IS NOT NULL;
  CREATE INDEX calls_by_outcome ON calls (outcome, at, no) WHERE outcome <> 'ok';
  CREATE TABLE turns (session INTEGER NOT NULL, turn_id TEXT NOT NULL, agent TEXT NOT NULL, at INTEGER NOT NULL, prompt TEXT, PRIMARY KEY (session, turn_id)) WITHOUT ROWID;
  CREATE INDEX turns_by_start ON turns (session, agent, at, turn_id);
  CREATE TABLE requests (
    no INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    turn TEXT,
    turn_told INTEGER NOT NULL DEFAULT 0,
    run TEXT,
    model INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration REAL,
    tokens INTEGER,
    words INTEGER NOT NULL,
    row TEXT NOT NULL,
    UNIQUE (session, request_id)
  );
  CREATE INDEX requests_by_answer ON requests (at, no);
  CREATE INDEX requests_by_duration ON requests (duration, no) WHERE duration IS NOT NULL;
  CREATE INDEX requests_by_tokens ON requests (tokens, no) WHERE tokens IS NOT NULL;
  CREATE INDEX requests_by_session ON requests (session, at, no);
  CREATE INDEX requests_by_model ON requests (model, at, no);
  CREATE TABLE docs (
    no INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    agent TEXT,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (session, kind, id)
  );
  CREATE VIRTUAL TABLE words USING fts5 (title, body, tags, content = 'docs', content_rowid = 'no', tokenize = "unicode61 remove_diacritics 2 tokenchars '_'");
  CREATE TRIGGER docs_added AFTER INSERT ON docs BEGIN
    INSERT INTO words (rowid, title, body, tags) VALUES (new.no, new.title, new.body, new.tags);
  END;
  CREATE TRIGGER docs_gone AFTER DELETE ON docs BEGIN
    INSERT INTO words (words, rowid, title, body, tags) VALUES ('delete', old.no, old.title, old.body, old.tags);
  END;
  CREATE TRIGGER docs_changed AFTER UPDATE OF title, body, tags ON docs BEGIN
    INSERT INTO words (words, rowid, title, body, tags) VALUES ('delete', old.no, old.title, old.body, old.tags);
    INSERT INTO words (rowid, title, body, tags) VALUES (new.no, new.title, new.body, new.tags);
  END;
`;
