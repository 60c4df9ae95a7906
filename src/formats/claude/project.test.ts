import assert from "node:assert/strict";
import { test } from "node:test";
import { projectOf } from "./project.ts";

const transcript = "/home/dev/.claude/projects/-home-dev-my-shop/1.jsonl";

test("a project is the folder in which a session began", () => {
  assert.equal(projectOf("/home/dev/my.shop", transcript)?.name, "my.shop");
  assert.equal(projectOf("/home/dev/my.shop/src", transcript), undefined);
  assert.equal(projectOf(undefined, transcript), undefined);
});

test("two folders of one name are two projects", () => {
  assert.notEqual(projectOf("/home/a/shop", undefined)?.id, projectOf("/home/b/shop", undefined)?.id);
});

test("a worktree belongs to the project around it", () => {
  const inside = projectOf(
    "/home/dev/my.shop/.claude/worktrees/side",
    "/home/dev/.claude/projects/-home-dev-my-shop--claude-worktrees-side/1.jsonl",
  );
  assert.deepEqual(inside, projectOf("/home/dev/my.shop", transcript));
});

test("folders of Windows have names too", () => {
  assert.equal(projectOf("C:\\Users\\dev\\shop", undefined)?.name, "shop");
});
