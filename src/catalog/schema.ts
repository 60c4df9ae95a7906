/** Raised with every change of what the rows hold: a catalog of another shape is thrown away and made anew. */
export const SHAPE = "4";

/**
 * `docs` has what can be found by words, one row per thing, and `words` the index over it. `tags` makes filters part of the search: `s12` is
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
