import { homedir } from "node:os";
import { posix } from "node:path";

/** How much harm a call could do, as estimated here, and why. */
export interface Risk {
  readonly risk: "low" | "medium" | "high";
  readonly risk_because: string;
}

const ORDER = { low: 0, medium: 1, high: 2 } as const;
/** A longer command is judged by its beginning, and is never low. */
const LONGEST = 20_000;

const high = (risk_because: string): Risk => ({ risk: "high", risk_because });
const medium = (risk_because: string): Risk => ({ risk: "medium", risk_because });
const low = (risk_because: string): Risk => ({ risk: "low", risk_because });

/** Words of one command after another, the first rule that holds. */
const commands: readonly (readonly [RegExp, Risk])[] = [
  [/^(?:sudo|doas|su)\b/, high("acts as another user")],
  [/^(?:rm|rmdir|shred|unlink|truncate)\b/, high("deletes or empties files")],
  [/^find\b.*\s-(?:delete|exec|execdir|ok)\b/, high("acts on every file that it finds")],
  [/^(?:mkfs|fdisk|parted|dd|mount|umount|shutdown|reboot|poweroff)\b/, high("acts on disks or the machine")],
  [/^git\s.*\bpush\b.*(?:\s-f\b|--force|--delete|--mirror|\s\+)/, high("rewrites or deletes what others have")],
  [
    /^git\s+(?:reset\s+.*--hard|clean\b.*-\w*[fdx]|checkout\s+(?:--\s|\.)|restore\b|stash\s+(?:drop|clear)|branch\s+.*-D\b|filter-branch|update-ref)/,
    high("throws work away"),
  ],
  [
    /^(?:npm|pnpm|yarn|cargo|twine|gem|docker|gh\s+release)\s.*\b(?:publish|upload|unpublish|yank|push|create)\b/,
    high("publishes something"),
  ],
  [
    /^(?:terraform|tofu|pulumi|kubectl|helm|aws|gcloud|az|flyctl|heroku|ansible-playbook)\b(?!.*\b(?:plan|get|list|describe|show|logs|version)\b)/,
    high("changes what runs elsewhere"),
  ],
  [/^docker\s+(?:system|volume|image|container)?\s*(?:prune|rm)\b/, high("deletes containers, volumes or images")],
  [/^(?:psql|mysql|sqlite3|mongosh?|redis-cli)\b.*\b(?:drop|truncate|delete|flushall|flushdb)\b/i, high("deletes data")],
  [/^(?:chmod|chown|chattr|setfacl)\b/, medium("changes who may do what")],
  [/^(?:kill|pkill|killall|systemctl|service|launchctl|crontab|at)\b/, medium("starts or ends programs")],
  [/^(?:curl|wget|ssh|scp|rsync|sftp|ftp|nc|ncat|telnet)\b/, medium("talks to the network")],
  [/^git\s+(?:.*\s)?(?:push|pull|fetch|clone|remote|submodule)\b/, medium("talks to the network")],
  [
    /^(?:npm|pnpm|yarn|bun|pip3?|uv|cargo|go|gem|bundle|apt|apt-get|brew|dnf|apk)\s+(?:\w+\s+)?(?:i|ci|install|add|update|upgrade|get|remove|uninstall|exec|dlx)\b/,
    medium("installs or removes packages"),
  ],
  [/^(?:npx|bunx|uvx|pipx)\b/, medium("runs a package")],
  [/^git\s+(?:status|diff|log|show|branch|rev-parse|blame|ls-files|describe|grep)\b/, low("only looks")],
  [
    /^(?:ls|cat|head|tail|wc|pwd|echo|printf|grep|rg|find|fd|tree|file|stat|du|df|which|whoami|date|sort|uniq|cut|diff|cmp|jq|true|test|cd|type|uname|ps|id|env)\b/,
    low("only looks"),
  ],
];

const SECRETS =
  /(?:^|[\s/"'=:])(?:\.env(?:\.\w+)?|\.netrc|\.npmrc|\.pgpass|id_(?:rsa|ed25519|ecdsa)|credentials|secrets?\.\w+|\.aws|\.ssh|\.gnupg|\.kube)(?=$|[\s/"';|&)])/;
/** Where output goes: not to another stream, not into nothing. */
const REDIRECT = /(?:\d|&)?>{1,2}\s*(&?[^\s;&|<>]+)/g;
const OWN_RULES =
  /(?:^|\/)(?:\.git\/hooks|\.git\/config|\.claude\/settings[\w.]*|\.codex|\.husky|\.bashrc|\.zshrc|\.profile|\.bash_profile|authorized_keys|orrery-policy[\w.]*|\.orrery)(?:$|\/)/;

/** What a person should look at first: an estimate by the words of the call, not by what it will do. */
export function riskOf({ tool, input, cwd }: { readonly tool: string; readonly input: unknown; readonly cwd?: string | undefined }): Risk {
  // opencode names the file `filepath`.
  const {
    command,
    filepath,
    file_path = filepath,
    notebook_path,
  } = (typeof input === "object" && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  if (typeof command === "string") return ofCommand(command, cwd);
  const path = typeof file_path === "string" ? file_path : notebook_path;
  if (typeof path === "string") return ofFile(path, /^(?:Read|Glob|Grep|NotebookRead|LS|view|read)$/.test(tool), cwd);
  if (/^(?:Glob|Grep|LS|TodoRead|TodoWrite|TaskList|TaskGet)$/.test(tool)) return low("only looks");
  if (/^(?:WebFetch|WebSearch)$/.test(tool)) return medium("talks to the network");
  return medium("its tool is not known to be harmless");
}

function ofCommand(command: string, cwd: string | undefined): Risk {
  const text = command.slice(0, LONGEST);
  if (/(?:curl|wget)\b[^;&\n]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/.test(text)) return high("runs what it fetches from the network");
  if (SECRETS.test(text)) return high("touches a file of secrets");
  const targets = [...text.matchAll(REDIRECT)].map(([, target]) => target!.replaceAll(/["']/g, ""));
  const parts = text
    .replaceAll(REDIRECT, " ")
    .split(/[;&|\n\r(){}`]|\$\(/)
    .map((part) => part.trim().replace(/^(?:[A-Za-z_]\w*=\S*\s+)+/, ""))
    .map((part) => part.replace(/^(?:time|nice|nohup|exec|command|env|xargs(?:\s+-\S+)*|timeout\s+\S+)\s+/, ""))
    .filter((part) => part !== "");
  const judged = parts.map(
    (part) => commands.find(([words]) => words.test(part))?.[1] ?? medium("its command is not known to be harmless"),
  );
  for (const target of targets) if (!target.startsWith("&") && target !== "/dev/null") judged.push(ofFile(target, false, cwd));
  if (command.length > LONGEST) judged.push(medium("is too long to be read whole"));
  const [first = low("does nothing"), ...others] = judged;
  return others.reduce((worst, each) => (ORDER[each.risk] > ORDER[worst.risk] ? each : worst), first);
}

function ofFile(path: string, isRead: boolean, cwd: string | undefined): Risk {
  if (SECRETS.test(path)) return high("touches a file of secrets");
  if (isRead) return low("only looks");
  const whole = posix.resolve(cwd ?? "/", path.startsWith("~/") ? posix.join(homedir(), path.slice(2)) : path);
  if (OWN_RULES.test(whole)) return high("changes what runs or is allowed later");
  if (cwd !== undefined && whole !== cwd && !whole.startsWith(`${cwd.replace(/\/$/, "")}/`))
    return high("writes outside the session's folder");
  return medium("changes a file");
}
