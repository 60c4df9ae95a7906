import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";

test("a flag beats the environment, which beats the default", () => {
  assert.equal(readConfig({}).config.port, 7717);
  assert.equal(readConfig({ ORRERY_PORT: "8000" }).config.port, 8000);
  assert.equal(readConfig({ ORRERY_PORT: "8000" }, { port: "0" }).config.port, 0);
});

test("every wrong setting is named where it was given, and the default stands meanwhile", () => {
  const { config, problems } = readConfig({ ORRERY_PORT: "99999", ORRERY_TRANSCRIPTS: "perhaps" }, { ws_frame_bytes: "-1" });
  assert.deepEqual(problems.map((problem) => problem.setting).toSorted(), ["--ws-frame-bytes", "ORRERY_PORT", "ORRERY_TRANSCRIPTS"]);
  assert.equal(config.port, 7717);
});

test("each value tells where it came from", () => {
  const { origins } = readConfig({ ORRERY_PORT: "8000", ORRERY_HOST: "127.0.0.2" }, { port: "0" });
  assert.deepEqual([origins.port, origins.host, origins.home], ["flag", "environment", "default"]);
});
