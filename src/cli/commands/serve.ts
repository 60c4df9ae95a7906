import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { configTable, readConfig, type ConfigName } from "../../contract/config.ts";
import { OrreryError } from "../../contract/errors.ts";
import { startDaemon, type Daemon } from "../../daemon/daemon.ts";
import { expandHome } from "../../daemon/home.ts";
import { withExample, type CommandModule, type Context } from "../command.ts";
import { runningDaemon } from "../find-daemon.ts";
import { withSecretFiles } from "../secret-files.ts";

type Settings = Omit<ReturnType<typeof readConfig>, "problems">;

const STOP_WITHIN_MS = 2_000;
const STARTING_MS = 3_000;
const STOPPED_BY_ITSELF = 74;

/** Starts the daemon and stays until it is stopped. Where one runs already, says so and is content. */
export const serve: CommandModule = {
  configure(command) {
    for (const { flag, help, env } of Object.values(configTable)) command.option(flag, `${help} (${env})`);
    command.option("--no-open", "do not open the browser");
    withExample(command, "orrery serve --port 0 --home /tmp/orrery-try");
  },

  async run(context, options) {
    const { out, env, signal } = context;
    const settings = configOf(options, env);
    const home = expandHome(settings.config.home);
    const running = await runningDaemon(home);
    if (running !== undefined) return already(context, running);
    let daemon: Daemon;
    try {
      daemon = await openDaemon(settings, context);
    } catch (error) {
      if (!(error instanceof OrreryError && error.code === "LOG_LOCKED")) throw error;
      const other = await waitForOther(home);
      if (other === undefined) throw error;
      return already(context, other);
    }
    out.announce(`Orrery ready at ${daemon.url}`);
    if (out.options.json) out.piece({ url: daemon.url, port: daemon.port, home: daemon.home, pid: process.pid }, "");
    if (options["open"] !== false && canOpen(out.isTty, env)) openBrowser(daemon.url);
    const stopped = untilAborted(signal);
    const ending = await Promise.race([daemon.done.then(() => "done" as const), stopped.then(() => "asked" as const)]);
    if (ending === "done") return STOPPED_BY_ITSELF;
    const late = setTimeout(() => process.exit(0), STOP_WITHIN_MS);
    await daemon.stop();
    clearTimeout(late);
    return 0;
  },
};

/** Starts a daemon in this process. */
export function openDaemon({ config, origins }: Settings, { env, version }: Context): Promise<Daemon> {
  const web = fileURLToPath(new URL("../../../web/dist", import.meta.url));
  const logger = pino({ level: config.log_level, errorKey: "error" }, pino.destination({ fd: 2, sync: true }));
  return startDaemon({ config, origins, env, version, webRoot: existsSync(`${web}/index.html`) ? web : undefined, logger });
}

export function configOf(options: Readonly<Record<string, unknown>>, env: Context["env"]): Settings {
  const flags = Object.fromEntries(
    Object.entries(configTable).flatMap(([name, { flag }]) => {
      const value = options[optionName(flag)];
      return value === undefined ? [] : [[name as ConfigName, value]];
    }),
  );
  const { problems: wrong, ...settings } = readConfig(env, flags);
  const { config, problems: unread } = withSecretFiles(settings.config);
  const problems = [...wrong, ...unread];
  if (problems.length > 0)
    throw new OrreryError("BAD_INPUT", {
      problems: problems.map(({ setting, message }) => ({ field: setting, message })),
    });
  return { ...settings, config };
}

/** The name under which commander gives the value of `--some-flag <x>`. */
function optionName(flag: string): string {
  return flag
    .split(" ")[0]!
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function already({ out }: Context, { url, pid }: { readonly url: string; readonly pid: number }): number {
  out.announce(`Orrery already runs at ${url} (process ${pid})`);
  if (out.options.json) out.piece({ url, pid, already: true }, "");
  return 0;
}

/** Whoever holds the lock may be just starting. */
async function waitForOther(home: string): Promise<{ readonly url: string; readonly pid: number } | undefined> {
  for (const until = Date.now() + STARTING_MS; Date.now() < until;) {
    const other = await runningDaemon(home);
    if (other !== undefined) return other;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

function canOpen(isTty: boolean, env: Context["env"]): boolean {
  return isTty && (process.platform === "darwin" || Boolean(env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]));
}

function openBrowser(url: string): void {
  const opener = spawn(process.platform === "darwin" ? "open" : "xdg-open", [url], { detached: true, stdio: "ignore" });
  opener.on("error", () => undefined); // No opener here: the line with the address is enough.
  opener.unref();
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
