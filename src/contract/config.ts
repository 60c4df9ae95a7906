import { z } from "zod";
import { sentenceOf } from "./problems.ts";

interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly env: string;
  readonly flag: string;
  readonly help: string;
}

const bytes = z.coerce.number().int().positive();
const count = z.coerce.number().int().positive();
/** Days as `7d`, or `forever`. In the settings: days, or null. */
const keptFor = (value: string) =>
  z
    .string()
    .regex(/^\s*(\d{1,5}d|forever)\s*$/, { error: "must be days, such as 7d, or forever" })
    .default(value)
    .transform((text) => (text.trim() === "forever" ? null : Number.parseInt(text, 10)));
const setting = <S extends z.ZodType>(schema: S, env: string, flag: string, help: string): Setting<S> => ({ schema, env, flag, help });

export const CaptureMode = z.enum(["full", "preview", "metadata"]);
export type CaptureMode = z.infer<typeof CaptureMode>;

/** Every setting: default first, then environment, then flag. Flags, environment names, help and the guide's table come from here. */
export const configTable = {
  host: setting(
    z.string().default("127.0.0.1"),
    "ORRERY_HOST",
    "--host <address>",
    "address to listen on; any but loopback needs an admin token first",
  ),
  port: setting(
    z.coerce.number().int().min(0).max(65_535).default(7717),
    "ORRERY_PORT",
    "--port <number>",
    "port to listen on; 0 takes any free one",
  ),
  home: setting(z.string().default("~/.orrery"), "ORRERY_HOME", "--home <folder>", "folder for the log, daemon.json and the spool"),
  claude_dirs: setting(
    z.string().default(""),
    "ORRERY_CLAUDE_DIRS",
    "--claude-dirs <folders>",
    "Claude Code config folders to follow, separated by ':'; default: CLAUDE_CONFIG_DIR, else ~/.claude",
  ),
  transcripts: setting(
    z.stringbool().default(true),
    "ORRERY_TRANSCRIPTS",
    "--transcripts <on|off>",
    "follow the transcripts that agents write",
  ),
  codex_dirs: setting(
    z.string().default(""),
    "ORRERY_CODEX_DIRS",
    "--codex-dirs <folders>",
    "Codex homes to follow, separated by ':'; default: CODEX_HOME, else ~/.codex",
  ),
  gemini_dirs: setting(
    z.string().default(""),
    "ORRERY_GEMINI_DIRS",
    "--gemini-dirs <folders>",
    "Gemini CLI homes to follow, separated by ':'; default: ~/.gemini",
  ),
  opencode_urls: setting(
    z.string().default(""),
    "ORRERY_OPENCODE_URLS",
    "--opencode-urls <list>",
    "opencode servers to follow, separated by ','; default: none",
  ),
  kei_events_file: setting(
    z.string().default(""),
    "ORRERY_KEI_EVENTS_FILE",
    "--kei-events-file <file>",
    "kei agent-events file to follow; default: KEI_EVENTS_FILE, else ~/.claude/memory/agent-events.jsonl",
  ),
  mapped_files: setting(
    z.string().default(""),
    "ORRERY_MAPPED_FILES",
    "--mapped-files <list>",
    "JSONL files of your own programs to follow, each as FILE=MAPPING, separated by ','",
  ),
  capture: setting(
    CaptureMode.default("full"),
    "ORRERY_CAPTURE",
    "--capture <mode>",
    "what is kept of prompts, answers, inputs and outputs: full, preview (200 characters of each) or metadata (sizes only); secrets never",
  ),
  keep_bodies: setting(
    keptFor("7d"),
    "ORRERY_KEEP_BODIES",
    "--keep-bodies <days>",
    "how long texts over 16 KiB are kept in full, such as 7d, or forever; then their first 1,000 characters stay",
  ),
  keep_texts: setting(
    keptFor("forever"),
    "ORRERY_KEEP_TEXTS",
    "--keep-texts <days>",
    "how long after its last event a session's prompts, answers, inputs and outputs are kept, such as 90d, or forever",
  ),
  keep_raw: setting(
    keptFor("forever"),
    "ORRERY_KEEP_RAW",
    "--keep-raw <days>",
    "how long records that nobody understood are kept as they came, such as 30d, or forever; they are counted for ever",
  ),
  allowed_origins: setting(
    z.string().default(""),
    "ORRERY_ALLOWED_ORIGINS",
    "--allowed-origins <list>",
    "web origins beside our own that may call this daemon, separated by ','",
  ),
  compat: setting(
    z.enum(["usual", "any", "off"]).default("usual"),
    "ORRERY_COMPAT",
    "--compat <ports>",
    "ports for clients of other systems: usual (theirs; one that is taken is skipped), any (free ones, named in daemon.json) or off",
  ),
  compat_ports: setting(
    z
      .string()
      .regex(/^(?:(?:hook_api|hook_api_ws|kei|mpm|boocode)=\d{1,5}(?:,|$))*$/, { error: "must be such as kei=18201,mpm=18765" })
      .default(""),
    "ORRERY_COMPAT_PORTS",
    "--compat-ports <list>",
    "other ports instead of the usual ones, as kei=18201,mpm=18765; also hook_api, hook_api_ws, boocode",
  ),
  push_services: setting(
    z.string().default("fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"),
    "ORRERY_PUSH_SERVICES",
    "--push-services <list>",
    "push services that may be called for browsers that a person added on the Inbox, separated by ','; empty: none",
  ),
  ask_webhook: setting(
    z.union([z.literal(""), z.url({ protocol: /^https?$/, error: "must be an http or https address" })]).default(""),
    "ORRERY_ASK_WEBHOOK",
    "--ask-webhook <address>",
    "address that is told of each ask that waits here, is escalated or is decided; default: none",
  ),
  ask_webhook_secret: setting(
    z.union([z.literal(""), z.string().min(8).max(200)]).default(""),
    "ORRERY_ASK_WEBHOOK_SECRET",
    "--ask-webhook-secret <words>",
    "signs what ask_webhook is told, as webhooks of alerts are signed; default: unsigned. Arguments and environments can be read by others here: ask_webhook_secret_file",
  ),
  ask_webhook_secret_file: setting(
    z.string().default(""),
    "ORRERY_ASK_WEBHOOK_SECRET_FILE",
    "--ask-webhook-secret-file <file>",
    "file that holds ask_webhook_secret; default: none",
  ),
  mpm_token: setting(
    z.string().max(500).default(""),
    "ORRERY_MPM_TOKEN",
    "--mpm-token <token>",
    "what clients of the Claude MPM port must send as Authorization: Bearer; default: nothing. Arguments and environments can be read by others here: mpm_token_file",
  ),
  mpm_token_file: setting(
    z.string().default(""),
    "ORRERY_MPM_TOKEN_FILE",
    "--mpm-token-file <file>",
    "file that holds mpm_token; default: none",
  ),
  json_body_bytes: setting(
    bytes.default(4 * 1024 * 1024),
    "ORRERY_JSON_BODY_BYTES",
    "--json-body-bytes <n>",
    "largest JSON or NDJSON body",
  ),
  otlp_body_bytes: setting(
    bytes.default(20 * 1024 * 1024),
    "ORRERY_OTLP_BODY_BYTES",
    "--otlp-body-bytes <n>",
    "largest OpenTelemetry body, before and after decompression",
  ),
  ws_frame_bytes: setting(
    bytes.default(1024 * 1024),
    "ORRERY_WS_FRAME_BYTES",
    "--ws-frame-bytes <n>",
    "largest WebSocket frame from a client",
  ),
  ws_buffer_bytes: setting(
    bytes.default(4 * 1024 * 1024),
    "ORRERY_WS_BUFFER_BYTES",
    "--ws-buffer-bytes <n>",
    "unsent bytes at which a slow client stops being pushed to",
  ),
  max_connections: setting(count.default(2_000), "ORRERY_MAX_CONNECTIONS", "--max-connections <n>", "WebSocket connections at once"),
  max_subscriptions: setting(
    count.default(100),
    "ORRERY_MAX_SUBSCRIPTIONS",
    "--max-subscriptions <n>",
    "channels per WebSocket connection",
  ),
  commands_per_window: setting(
    count.default(100),
    "ORRERY_COMMANDS_PER_WINDOW",
    "--commands-per-window <n>",
    "commands in ten seconds: per WebSocket, and per token or address over HTTP, MCP and the Hook API; questions and what agents tell are not counted there",
  ),
  append_queue: setting(
    count.default(50_000),
    "ORRERY_APPEND_QUEUE",
    "--append-queue <n>",
    "events waiting for the disk at which the log answers busy",
  ),
  log_level: setting(
    z.enum(["silent", "error", "warn", "info", "debug"]).default("warn"),
    "ORRERY_LOG_LEVEL",
    "--log-level <level>",
    "how much the daemon writes to stderr",
  ),
} as const satisfies Record<string, Setting>;

export type ConfigName = keyof typeof configTable;
/** The value of every setting. */
export type Config = { readonly [N in ConfigName]: z.infer<(typeof configTable)[N]["schema"]> };
/** Where the value of each setting came from. */
export type ConfigOrigins = { readonly [N in ConfigName]: "default" | "environment" | "flag" };
/** A setting that cannot be used, and why. */
export type ConfigProblem = { readonly setting: string; readonly message: string };

/** Resolves every setting from flags over environment over default; collects what is wrong instead of stopping at the first. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<ConfigName, unknown>>> = {},
): { config: Config; origins: ConfigOrigins; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const entries = Object.entries(configTable).map(([name, { schema, env: variable, flag }]) => {
    const fromFlag = flags[name as ConfigName];
    const parsed = (schema as z.ZodType).safeParse(fromFlag ?? env[variable] ?? undefined);
    if (parsed.success) return [name, parsed.data];
    problems.push({
      setting: fromFlag === undefined ? variable : flag.split(" ")[0]!,
      message: sentenceOf(parsed.error.issues[0]!),
    });
    return [name, (schema as z.ZodType).parse(undefined)];
  });
  const origins = Object.entries(configTable).map(([name, { env: variable }]) => [
    name,
    flags[name as ConfigName] !== undefined ? "flag" : env[variable] !== undefined ? "environment" : "default",
  ]);
  return { config: Object.fromEntries(entries) as Config, origins: Object.fromEntries(origins) as ConfigOrigins, problems };
}
