import { join } from "node:path";
import {
  applyConnect,
  CODEX_PATH,
  decideConnect,
  hookTargets,
  INGEST_PATH,
  installSender,
  senderPath,
  statusSender,
  type AnswerHook,
} from "../../ingest/index.ts";
import { isLoopback } from "../../lib/loopback.ts";
import { HTTP_WAY, proveConnection } from "../canary.ts";
import { tokenFor } from "../token-file.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { connectable, connectableNamed, settingsOf, type Connectable, type Telemetry } from "../connectable.ts";
import { durationMs } from "../duration.ts";
import { badUsage } from "../failure.ts";
import { answers, daemonUrl, homeOf } from "../find-daemon.ts";
import { changeSettings } from "../settings-prompt.ts";

const ASK_WITHIN_MS = 2_000;
const ANSWER_WITHIN = "10m";
const LONGEST_ANSWER_S = 86_400;
/** Agents whose hooks take a decision. */
const answerable: ReadonlySet<string> = new Set([INGEST_PATH, CODEX_PATH]);

/** Adds hooks to an agent's settings, shows them first, and proves that they arrive. */
export const connect: CommandModule = {
  configure(command) {
    command
      .argument("<agent>", Object.keys(connectable).join(", "))
      .option("--settings <file>", "settings file to change; default: the user's own")
      .option("--otel", "send its telemetry too; default for claude where the daemon takes it")
      .option("--no-otel", "leave telemetry alone");
    command
      .option(
        "--answer [time]",
        "claude, codex: let its permission and question hooks wait for Orrery's inbox, 10m at most or as long as you say",
      )
      .option("--no-answer", "take such waiting hooks out again")
      .option("--unanswered <what>", "with --answer: what happens when nobody answers in time: ask (at its own prompt) or deny", "ask");
    command.option("--yes", "do not ask").option("--dry-run", "only show the change");
    withExample(withDaemon(command), "orrery connect claude", "orrery connect claude --settings .claude/settings.local.json --yes");
  },

  async run(context, options, [name]) {
    const agent = connectableNamed(name);
    const { out, env } = context;
    const home = homeOf(options, env);
    const url = daemonUrl(options, env);
    const telemetry = await telemetryFor(agent, options["otel"], url);
    const spool = `${join(home, "spool")}${agent.spool}`;
    const byCommand = await needsToken(url);
    const ways = agent.ways.filter((way) => !(byCommand && way === HTTP_WAY));
    if (ways.length === 0) throw badUsage(`${agent.title} needs a daemon that listens on loopback only: what it sends carries no token`);
    const targets = { byCommand, ...hookTargets(home, url, agent.ingestPath, spool), ...answerHook(agent, options) };
    const planned = agent
      .files(settingsOf(agent, options, env), telemetry)
      .map(({ path, plan }) => ({ plan, change: decideConnect(path, targets, plan) }));
    const changes = planned.map(({ change }) => change);
    const [{ path }] = changes as [(typeof changes)[number]];
    const isChanged = await changeSettings(context, options, changes, () => {
      installSender(home);
      for (const { change, plan } of planned) applyConnect(change, home, plan);
    });
    if (isChanged === undefined) return;

    const isRunning = await answers(url);
    const senders = { senderPath: senderPath(home), statusSender: statusSender(home, url) };
    if (isRunning) await proveConnection({ url, ...senders, spool, ingestPath: agent.ingestPath, ways, token: tokenFor(options, env) });
    const settings = options["settings"] === undefined ? "" : ` --settings ${path}`;
    const proof = ways.length > 1 ? `A test record arrived on each way: ${ways.join(", ")}.` : "A test record arrived.";
    out.show({
      data: { settings: path, url, changed: isChanged, proven: isRunning, telemetry },
      lines: [
        isChanged ? `${agent.title} sends what happens to ${url}.` : `${agent.title} was connected to ${url} already.`,
        isRunning ? proof : "Not tried yet: no Orrery runs there. Start one with: orrery serve",
        ...(typeof targets.answer === "object" ? waitsLines(targets.answer, name!) : []),
        agent.hint,
        `Undo: orrery disconnect ${name}${settings}`,
      ],
    });
  },
};

/** Whether everybody needs a token there. Hooks that agents send over HTTP themselves could carry none but in a settings file. */
async function needsToken(url: string): Promise<boolean> {
  if (!isLoopback(new URL(url).hostname)) return true;
  try {
    return ((await (await fetch(new URL("/api/access", url))).json()) as { readonly needed?: boolean }).needed === true;
  } catch {
    return false; // Nobody answers there: it is as it is by default.
  }
}

function waitsLines({ deadline_s, otherwise }: AnswerHook, name: string): string[] {
  const then = otherwise === "ask" ? "then it asks at its own prompt" : "then, or without a daemon, it is denied";
  return [
    `What it asks waits up to ${deadline_s} s for an answer in the inbox; ${then}. Take that out: orrery connect ${name} --no-answer`,
    ...(otherwise === "ask"
      ? ["While no Orrery answers, its calls are blocked where a rule denies or asks or a budget is set, and nowhere else."]
      : []),
  ];
}

/** The waiting hook that is wanted; nothing is said about one when it is to stay as it is. */
function answerHook(
  agent: Connectable,
  { answer, unanswered }: Readonly<Record<string, unknown>>,
): { readonly answer?: AnswerHook | "off" } {
  if (answer === undefined) return {};
  if (!answerable.has(agent.ingestPath)) throw badUsage(`--answer is not for ${agent.title}`);
  if (answer === false) return { answer: "off" };
  if (unanswered !== "ask" && unanswered !== "deny") throw badUsage("--unanswered must be ask or deny");
  const seconds = Math.ceil(durationMs(answer === true ? ANSWER_WITHIN : String(answer), "--answer") / 1_000);
  if (seconds > LONGEST_ANSWER_S) throw badUsage("--answer can be 24h at most");
  return { answer: { deadline_s: seconds, otherwise: unanswered } };
}

async function telemetryFor({ telemetry, title }: Connectable, asked: unknown, url: string): Promise<Telemetry> {
  if (asked === true && telemetry === "none") throw badUsage(`--otel is not for ${title}: it sends no telemetry`);
  if (typeof asked === "boolean") return asked ? "on" : "off";
  return telemetry === "usual" && (await takesTelemetry(url)) ? "on" : "as it is";
}

/** Whether the daemon has a receiver: an export of nothing is taken. */
async function takesTelemetry(url: string): Promise<boolean> {
  try {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(new URL("/v1/logs", url), {
      method: "POST",
      headers,
      body: "{}",
      signal: AbortSignal.timeout(ASK_WITHIN_MS),
    });
    return reply.ok;
  } catch {
    return false; // Nobody answers there: telemetry would go nowhere.
  }
}
