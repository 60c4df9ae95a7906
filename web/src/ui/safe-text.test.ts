import assert from "node:assert/strict";
import { test } from "node:test";
import { safeText } from "./safe-text.ts";

test("colours and cursor moves leave only their words", () => {
  assert.equal(safeText("\u001b[1;31mfail\u001b[0m \u001b]8;;https://x\u0007link\u001b]8;;\u0007 \u001b[2Kdone"), "fail link done");
});

test("a progress line shows its last state", () => {
  assert.equal(safeText("10%\r50%\r100%\r\nnext\r"), "100%\nnext");
});

test("control and direction characters become visible", () => {
  assert.equal(safeText("a\u0000b\u0007c\u007f\u0085"), "a␀b␇c␡\ufffd");
  assert.equal(safeText("ok\u202etxt.exe"), "ok⟨U+202E⟩txt.exe");
  assert.equal(safeText("tab\tand\nline"), "tab\tand\nline");
});
