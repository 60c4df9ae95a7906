import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redactData, redactText } from "./secrets.ts";

const run = (length: number) => "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY".repeat(4).slice(0, length);

/** Made here: none was ever valid. */
const secrets: readonly (readonly [kind: string, secret: string])[] = [
  ["anthropic-key", `sk-ant-api03-${run(40)}`],
  ["api-key", `sk-proj-${run(40)}`],
  ["stripe-key", `sk_live_${run(24)}`],
  ["github-token", `ghp_${run(36)}`],
  ["github-token", `github_pat_${run(60)}`],
  ["gitlab-token", `glpat-${run(20)}`],
  ["slack-token", `xoxb-${run(24)}`],
  ["aws-key-id", "AKIAIOSFODNN7EXAMPLE"],
  ["google-key", `AIza${run(35)}`],
  ["google-token", `ya29.${run(40)}`],
  ["npm-token", `npm_${run(36)}`],
  ["pypi-token", `pypi-${run(60)}`],
  ["hugging-face-token", `hf_${run(34)}`],
  ["sendgrid-key", `SG.${run(22)}.${run(43)}`],
  ["shopify-token", `shpat_${"0123456789abcdef".repeat(2)}`],
  ["telegram-token", `AA${run(33)}`],
  ["jwt", `eyJ${run(20)}.eyJ${run(30)}.${run(30)}`],
  ["private-key", `-----BEGIN RSA PRIVATE KEY-----\n${run(64)}\n${run(64)}\n-----END RSA PRIVATE KEY-----`],
];

test("every known shape is taken out wherever it stands, and what stood there is said", () => {
  for (const [kind, secret] of secrets) {
    const told = kind === "telegram-token" ? `123456789:${secret}` : secret;
    for (const around of ["", " ", "'", '"', "\n", "(", "é"]) {
      const clean = redactText(`before${around === "" ? " " : around}${told}${around} after`);
      assert.ok(!clean.includes(secret.slice(4, 24)), `${kind}: ${clean}`);
      assert.match(clean, new RegExp(`^before[\\s\\S]*\\[redacted:${kind}\\][\\s\\S]* after$`), kind);
    }
  }
});

test("values of names that are secret are taken out of commands, settings, headers, JSON and addresses", () => {
  for (const [text, clean] of [
    ["export DB_PASSWORD=hunter22 && npm test", "export DB_PASSWORD=[redacted:secret] && npm test"],
    ["NPM_TOKEN='abc123def' npm publish", "NPM_TOKEN='[redacted:secret]' npm publish"],
    ['{"apiKey": "abcdef123456"}', '{"apiKey": "[redacted:secret]"}'],
    ['{\\"client_secret\\":\\"abcdef123456\\"}', '{\\"client_secret\\":\\"[redacted:secret]\\"}'],
    ["password: correct-horse", "password: [redacted:secret]"],
    ["curl -H 'Authorization: Bearer abcdef1234567890abcd' x", "curl -H 'Authorization: Bearer [redacted:authorization]' x"],
    ["x-api-key: abcdef123456", "x-api-key: [redacted:authorization]"],
    ["Cookie: session=abcdef123456", "Cookie: [redacted:authorization]"],
    ["postgres://app:s3cr3t!@db.internal/shop", "postgres://app:[redacted:password]@db.internal/shop"],
    ["gh auth login --token abcdef123456", "gh auth login --token [redacted:secret]"],
    ["MY_TOKEN=ghp_" + run(36), "MY_TOKEN=[redacted:github-token]"],
  ] as const)
    assert.equal(redactText(text), clean);
});

test("code, counts, names of columns, references and placeholders stay as they are", () => {
  for (const text of [
    "input_tokens: 123456, max_tokens=4096",
    "PRIMARY_KEY: id, sort_key=created_at, cacheKey = hash(x)",
    "const token = process.env.API_TOKEN;",
    "password: string; apiKey?: string",
    "API_KEY=$API_KEY API_KEY=${API_KEY} TOKEN=<your token here>",
    "task_1234567890123456789012345 disk-usage-of-the-whole-machine-in-bytes",
    "https://example.com:8080/a@b mailto:someone@example.com git@github.com:a/b.git",
    "the secret of a good house: rooms",
    "A tokenizer, a keyboard, a monkey_patch and secretary.",
    "toolu_01ABCDEFGHIJKLMNOPQRSTUVWXYZ msg_01ABC",
  ])
    assert.equal(redactText(text), text);
});

test("in data, fields named as secrets lose their value, others keep it; clean data comes back as the very same object", () => {
  const data = {
    env: { GITHUB_TOKEN: "abc", DATABASE_PASSWORD: "hunter2", HOME: "/home/dev" },
    headers: { authorization: "Basic abc", Cookie: "a=b" },
    usage: { input_tokens: 12 },
    list: [{ token: "abcdef" }, "plain"],
  };
  assert.deepEqual(redactData(data), {
    env: { GITHUB_TOKEN: "abc", DATABASE_PASSWORD: "[redacted:secret]", HOME: "/home/dev" },
    headers: { authorization: "[redacted:secret]", Cookie: "a=b" },
    usage: { input_tokens: 12 },
    list: [{ token: "[redacted:secret]" }, "plain"],
  });
  const clean = { a: [1, { b: "c" }], command: "npm test" };
  assert.equal(redactData(clean), clean);
  assert.deepEqual(redactData({ [`sk-ant-api03-${run(40)}`]: 1 }), { "[redacted:anthropic-key]": 1 });
});

test("cleaning twice changes nothing more, and no text makes it throw or hang", () => {
  const pieces = fc.constantFrom(
    ...secrets.map(([, secret]) => secret),
    "password=",
    "TOKEN: ",
    '"apiKey":"',
    "Bearer ",
    "://",
    "@",
    " ",
    "\\",
    "é",
    "x".repeat(50),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }), (parts) => {
      const once = redactText(parts.join(""));
      assert.equal(redactText(once), once);
    }),
    { numRuns: 2_000 },
  );
});
