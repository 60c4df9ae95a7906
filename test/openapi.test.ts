// The OpenAPI document by somebody else's measure, and our promises about it.
import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { test } from "node:test";
import { operations } from "../src/contract/operations/index.ts";
import { startTestGateway } from "../src/testing/gateway-fixture.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string; readonly security: object }>>>>;
  readonly components: { readonly securitySchemes: object };
}

test("what the daemon serves is OpenAPI 3.1, whole and with every operation once", async (t) => {
  const gateway = await startTestGateway();
  t.after(() => gateway.close());
  const served = (await (await fetch(`${gateway.url}/api/openapi.json`)).json()) as Document;
  const validator = new Validator();
  const result = await validator.validate(structuredClone(served) as never);
  assert.deepEqual([result.valid, result.errors], [true, undefined]);
  assert.equal(validator.version, "3.1");
  validator.resolveRefs();
  const ids = Object.values(served.paths).flatMap((path) => Object.values(path).map((operation) => operation.operationId));
  assert.deepEqual(ids.toSorted(), operations.map(({ name }) => name).toSorted());
  // What is made from it sends its token, and knows which one it needs.
  assert.deepEqual(Object.keys(served.components.securitySchemes), ["token"]);
  for (const { name, scope, path, method } of operations) {
    const item = served.paths[`/api${path.replace(/:([a-z0-9_]+)/g, "{$1}")}`]![method.toLowerCase()]!;
    assert.deepEqual(item.security, [{ token: [scope] }, {}], name);
  }
});

test("a document that is none is caught", async () => {
  const result = await new Validator().validate({ openapi: "3.1.0", info: { title: "x" }, paths: {} } as never);
  assert.equal(result.valid, false);
});
