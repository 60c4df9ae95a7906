import assert from "node:assert/strict";
import { test } from "node:test";
import { markdownTokens, safeHref } from "./markdown-tokens.ts";

test("links lead to the web or to mail, and nowhere else", () => {
  assert.equal(safeHref("https://example.org/a"), "https://example.org/a");
  assert.equal(safeHref("mailto:a@example.org"), "mailto:a@example.org");
  for (const href of [
    "javascript:alert(1)",
    " JaVaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//evil.example",
    "file:///etc/passwd",
    "/api/events",
  ])
    assert.equal(safeHref(href), undefined, href);
});

test("raw HTML is a token of its own, not markup", () => {
  assert.equal(markdownTokens("<img src=x onerror=alert(1)>")[0]?.type, "html");
});
