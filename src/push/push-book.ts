import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import webPush from "web-push";
import { z } from "zod";
import { OrreryError } from "../contract/errors.ts";

const Browser = z.strictObject({
  browser_id: z.string(),
  label: z.string(),
  service: z.string(),
  endpoint: z.string(),
  keys: z.strictObject({ p256dh: z.string(), auth: z.string() }),
  created_at: z.string(),
  created_by: z.string(),
});
export type Browser = Readonly<z.infer<typeof Browser>>;

const Book = z.strictObject({
  keys: z.strictObject({ public_key: z.string(), private_key: z.string() }),
  browsers: z.array(Browser),
});
type Contents = z.infer<typeof Book>;

/** `<home>/push.json`: the key that this daemon signs with, made at the first use, and the browsers that are told. Readable by its owner alone. */
export interface PushBook {
  keys(): Contents["keys"];
  browsers(): readonly Browser[];
  /** A browser that subscribed before takes the place of itself. */
  put(browser: Browser): void;
  /** @throws OrreryError NOT_FOUND */
  remove(browserId: string): Browser;
}

const MAX_BROWSERS = 50;

/** @throws OrreryError SETTINGS_UNREADABLE: with another key, browsers that subscribed would never be reached again */
export function openPushBook(home: string): PushBook {
  const path = join(home, "push.json");
  let contents = read(path);

  function write(next: Contents): Contents {
    writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    contents = next;
    return next;
  }

  function held(): Contents {
    if (contents !== undefined) return contents;
    const { publicKey, privateKey } = webPush.generateVAPIDKeys();
    return write({ keys: { public_key: publicKey, private_key: privateKey }, browsers: [] });
  }

  return {
    keys: () => held().keys,
    browsers: () => contents?.browsers ?? [],
    put(browser) {
      const { keys, browsers } = held();
      const others = browsers.filter(({ endpoint }) => endpoint !== browser.endpoint);
      if (others.length >= MAX_BROWSERS)
        throw new OrreryError("BAD_INPUT", {
          problems: [{ field: "endpoint", message: `is one browser more than the ${MAX_BROWSERS} that can be told; remove one first` }],
        });
      write({ keys, browsers: [...others, browser] });
    },
    remove(browserId) {
      const { keys, browsers } = held();
      const gone = browsers.find(({ browser_id }) => browser_id === browserId);
      if (gone === undefined) throw new OrreryError("NOT_FOUND", { what: "browser", id: browserId });
      write({ keys, browsers: browsers.filter((each) => each !== gone) });
      return gone;
    },
  };
}

function read(path: string): Contents | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: (cause as Error).message }, { cause });
  }
  try {
    return Book.parse(JSON.parse(text));
  } catch (cause) {
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: "it is not what Orrery wrote" }, { cause });
  }
}
