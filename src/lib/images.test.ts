import assert from "node:assert/strict";
import { test } from "node:test";
import { imageAddress } from "./images.ts";
import { redactData } from "./secrets.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("a picture is known by its first bytes, with or without its address", () => {
  assert.equal(imageAddress(png), `data:image/png;base64,${png}`);
  assert.equal(imageAddress(`data:image/png;base64,${png}`), `data:image/png;base64,${png}`);
  assert.equal(imageAddress("/9j/4AAQ"), "data:image/jpeg;base64,/9j/4AAQ");
});

test("what holds anything but the bytes of a picture is none", () => {
  const hidden = [
    `${png} password=hunter2hunter2`,
    `data:image/svg+xml;base64,PHN2Zz4=`,
    `data:text/html;base64,${png}`,
    "",
    "https://a.b/c.png",
  ];
  for (const text of hidden) assert.equal(imageAddress(text), undefined, text);
});

test("redaction leaves the bytes of a picture as they are, and cleans what only begins like one", () => {
  // A Google key by its shape, as it comes about by chance in long base64.
  const unlucky = `${png.slice(0, 40)}/AIza${"a1B2c3D4e5".repeat(4).slice(0, 35)}+AAAA`;
  const block = { type: "image", source: { type: "base64", media_type: "image/png", data: unlucky } };
  assert.equal(redactData(block), block);
  assert.match(JSON.stringify(redactData({ data: `${unlucky} is the key` })), /\[redacted:google-key\]/);
});
