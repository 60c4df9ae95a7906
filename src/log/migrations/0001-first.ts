/**
 * Words that repeat (types, sources, sessions, agents …) are stored once and referred to by number: a row is a third shorter and an index
 * on them is narrow. Event ids are found by `place` and `print` (`id-key.ts`): a plain hash would touch a page of its index per event
 * (measured at 1,500,000 rows: 40,000 events/s and falling against 88,000 for ids that lie together). A checkpoint's `state` is zstd: an
 * eighth of its text, which was a third of what a short session took.
 */
export const first = `
  CREATE TABLE words (no INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    place INTEGER NOT NULL,
    print INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    type INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    source INTEGER NOT NULL,
    project INTEGER,
    session INTEGER,
    agent INTEGER,
    run INTEGER,
    data TEXT NOT NULL
  );
  CREATE UNIQUE INDEX events_by_id ON events (place, print);
  CREATE INDEX events_by_type ON events (type, seq);
  CREATE INDEX events_by_session ON events (session, seq) WHERE session IS NOT NULL;
  CREATE INDEX events_by_run ON events (run, seq) WHERE run IS NOT NULL;
  CREATE TABLE spans (first_seq INTEGER PRIMARY KEY, min_ts INTEGER NOT NULL, max_ts INTEGER NOT NULL);
  CREATE TABLE bodies (sha256 TEXT PRIMARY KEY, encoding TEXT NOT NULL, content BLOB NOT NULL);
  CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE checkpoints (session INTEGER NOT NULL, seq INTEGER NOT NULL, shown_at INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (session, seq));
  CREATE TABLE summaries (session INTEGER PRIMARY KEY, seq INTEGER NOT NULL, summary TEXT NOT NULL);
`;
