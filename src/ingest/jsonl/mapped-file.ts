import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { OrreryError } from "../../contract/errors.ts";
import { translateMapped } from "../../formats/mapped/mapped.ts";
import { readMapping, type Mapping } from "../../formats/mapped/mapping.ts";
import type { Intake } from "../source.ts";
import { createFollower, type Follower } from "./follow.ts";

interface Options extends Intake {
  readonly path: string;
  readonly mapPath: string;
  readonly pollMs?: number;
}

/**
 * Follows a file of a program of the user's own, by a mapping that says which field means what.
 * @throws OrreryError BAD_INPUT when the mapping cannot be used
 */
export function createMappedFile({ path, mapPath, ...options }: Options): Follower {
  const mapping = loadMapping(mapPath);
  return createFollower<undefined>({
    ...options,
    name: `${mapping.app} file`,
    format: {
      name: `${mapping.app}/${mapping.way}`,
      open: () => ({ translate: (record) => translateMapped(record, mapping), state: undefined }),
    },
    places: [{ root: dirname(path), mayHold: () => false, isWanted: (file) => file === path }],
  });
}

/** @throws OrreryError BAD_INPUT, naming each wrong field */
export function loadMapping(path: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new OrreryError("BAD_INPUT", { problems: [{ field: path, message: `cannot be read: ${(cause as Error).message}` }] }, { cause });
  }
  const read = readMapping(value);
  if (!read.ok) throw new OrreryError("BAD_INPUT", { problems: read.problems.map((message) => ({ field: path, message })) });
  return read.mapping;
}
