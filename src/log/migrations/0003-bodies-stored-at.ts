/** When a body was last stored, so that it can be let go some days later. Bodies from before count from the day of this migration. */
export const bodiesStoredAt = `
  ALTER TABLE bodies ADD COLUMN stored_at INTEGER NOT NULL DEFAULT 0;
  UPDATE bodies SET stored_at = unixepoch() * 1000;
`;
