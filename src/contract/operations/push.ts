import { z } from "zod";
import { defineOperation } from "../operation.ts";
import type { Answer } from "./asks.ts";

const Browser = z.looseObject({
  browser_id: z.string(),
  label: z.string(),
  /** The push service that its maker runs. */
  service: z.string(),
  created_at: z.string(),
  created_by: z.string(),
  last_told_at: z.string().optional(),
  /** Why the last message did not reach the service. */
  problem: z.string().optional(),
});
export type PushBrowser = z.infer<typeof Browser>;

/** What a notification about an ask or an alert says, which address on the page it leads to, and what the buttons answer that an ask may have. */
export interface Notice {
  /** Of the ask or alert. A later notice about the same takes its place. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly path: string;
  readonly actions: readonly { readonly action: string; readonly title: string; readonly answer: z.infer<typeof Answer> }[];
}

export const listPush = defineOperation({
  name: "push.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/push",
  summary:
    "The browsers that are told of asks and alerts through their makers' push services, the key that they subscribe with, and which services may be called.",
  input: z.object({}),
  output: z.object({ public_key: z.string(), services: z.array(z.string()), items: z.array(Browser) }),
});

const key = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+={0,2}$/, { error: "must be base64url" });

export const addPush = defineOperation({
  name: "push.add",
  kind: "command",
  scope: "control",
  method: "POST",
  path: "/push",
  summary:
    "From now on tells a browser of each ask that is still open after two seconds, and of each alert. Takes what PushManager.subscribe() gave; the message is encrypted for that browser alone.",
  input: z.strictObject({
    endpoint: z.url().max(2_000),
    keys: z.strictObject({ p256dh: key, auth: key }),
    label: z.string().min(1).max(100).default("a browser"),
  }),
  output: Browser,
});

export const testPush = defineOperation({
  name: "push.test",
  kind: "command",
  scope: "control",
  method: "POST",
  path: "/push/:browser_id/test",
  summary: "Sends a browser a notification that asks nothing, and says how its push service took it.",
  input: z.object({ browser_id: z.string().min(1).max(100) }),
  output: Browser,
});

export const removePush = defineOperation({
  name: "push.remove",
  kind: "command",
  isFinal: true,
  scope: "control",
  method: "DELETE",
  path: "/push/:browser_id",
  summary: "Tells a browser no more.",
  input: z.object({ browser_id: z.string().min(1).max(100) }),
  output: Browser,
});
