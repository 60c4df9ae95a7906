import { readFileSync } from "node:fs";
import { configTable, type Config, type ConfigProblem } from "../contract/config.ts";
import { expandHome } from "../daemon/home.ts";

/** Settings that are secret, each with the one that names a file for it: what stands in arguments or the environment others of this machine can read. */
const inFiles = { ask_webhook_secret: "ask_webhook_secret_file", mpm_token: "mpm_token_file" } as const;

/** The settings with what their files hold. */
export function withSecretFiles(config: Config): { readonly config: Config; readonly problems: readonly ConfigProblem[] } {
  const read: Record<string, string> = {};
  const problems: ConfigProblem[] = [];
  for (const [name, file] of Object.entries(inFiles) as [keyof typeof inFiles, (typeof inFiles)[keyof typeof inFiles]][]) {
    const path = config[file];
    if (path === "") continue;
    const secret = secretIn(path);
    if (config[name] !== "") problems.push({ setting: file, message: `cannot be given together with ${name}` });
    else if ("problem" in secret) problems.push({ setting: file, message: `cannot be read: ${secret.problem}` });
    else if (secret.text === "" || !configTable[name].schema.safeParse(secret.text).success)
      problems.push({ setting: file, message: `must hold a ${name}: ${path}` });
    else read[name] = secret.text;
  }
  return { config: { ...config, ...read }, problems };
}

function secretIn(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(expandHome(path), "utf8").trim() };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
