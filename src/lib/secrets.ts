import { imageAddress } from "./images.ts";

/**
 * Finds secrets in words and in data, and takes them out. What is left says what kind of thing stood there: `[redacted:github-token]`.
 * The same input always gives the same output, and cleaning twice changes nothing more, so two sources that tell the same words still agree.
 *
 * Words are walked once, three characters at a time, looking for the beginnings in `shapes`; an expression is tried only where one of them
 * stands. Trying every expression everywhere cost ten times as much as storing the event.
 */

interface Shape {
  readonly kind: string;
  /** What a match holds somewhere; compared without regard to case, three characters or more. */
  readonly marks: readonly string[];
  /** Tried at the mark, or with `fromName` at the beginning of the name that it stands in. Sticky; of two groups the second is the secret. */
  readonly find: RegExp;
  readonly fromName?: true;
  /** What leads to the secret is a name that may hold another. */
  readonly hasUser?: true;
}

const HEADER = "(?:proxy-)?authorization|x-api-key|x-auth-token|x-goog-api-key|x-amz-security-token|api-key|set-cookie|cookie";
/** Names whose values are secret. Plurals such as `input_tokens` are counts, and `primary_key` or `sort-key` name a column. */
const NAME = [
  "[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|CREDENTIALS|_KEY|APIKEY|_PAT|_PWD)",
  "(?:[a-z0-9_-]*[_-])?(?:password|passwd|passphrase|secret|token|(?:api|private|secret|access|encryption|signing|service[_-]role|anon)[_-]?key)",
  "[a-z0-9]*(?:[aA]piKey|[a-z]Token|[sS]ecret|[pP]assword|[pP]rivateKey|[sS]ecretKey|[aA]ccessKey|[sS]igningKey)",
].join("|");

const QUOTE = "(?:\\\\*[\"'`])?";
const token = (body: string) => new RegExp(body, "y");

const shapes: readonly Shape[] = [
  {
    kind: "private-key",
    marks: ["-----begin"],
    find: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|[\s\S]*)/y,
  },
  { kind: "anthropic-key", marks: ["sk-ant-"], find: token("sk-ant-[A-Za-z0-9_-]{16,}") },
  { kind: "api-key", marks: ["sk-"], find: token("sk-(?:[a-z]+-(?:v1-)?)?[A-Za-z0-9_-]{20,}") },
  { kind: "stripe-key", marks: ["sk_", "rk_", "pk_", "whsec_"], find: token("(?:[srp]k|whsec)_(?:live_|test_)?[A-Za-z0-9]{20,}") },
  { kind: "github-token", marks: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], find: token("gh[pousr]_[A-Za-z0-9]{30,}") },
  { kind: "github-token", marks: ["github_pat_"], find: token("github_pat_[A-Za-z0-9_]{40,}") },
  { kind: "gitlab-token", marks: ["glpat-", "glptt-", "gldt-", "glrt-", "glcbt-"], find: token("gl[a-z]{2,4}-[A-Za-z0-9_-]{20,}") },
  { kind: "slack-token", marks: ["xox", "xapp-"], find: token("(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}") },
  { kind: "slack-webhook", marks: ["hooks.slack.com"], find: token("hooks\\.slack\\.com/services/[A-Za-z0-9/_-]{20,}") },
  { kind: "aws-key-id", marks: ["akia", "asia", "abia", "acca"], find: token("A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])") },
  { kind: "google-key", marks: ["aiza"], find: token("AIza[A-Za-z0-9_-]{35}") },
  { kind: "google-token", marks: ["ya29.", "gocspx-"], find: token("(?:ya29\\.|GOCSPX-)[A-Za-z0-9_-]{20,}") },
  { kind: "orrery-token", marks: ["orrt_"], find: token("orrt_[A-Za-z0-9_-]{43}") },
  { kind: "npm-token", marks: ["npm_"], find: token("npm_[A-Za-z0-9]{36}") },
  { kind: "pypi-token", marks: ["pypi-"], find: token("pypi-[A-Za-z0-9_-]{50,}") },
  { kind: "hugging-face-token", marks: ["hf_"], find: token("hf_[A-Za-z0-9]{30,}") },
  {
    kind: "api-key",
    marks: ["xai-", "gsk_", "r8_", "pplx-", "dapi", "tvly-"],
    find: token("(?:xai-|gsk_|r8_|pplx-|dapi|tvly-)[A-Za-z0-9-]{30,}"),
  },
  { kind: "sendgrid-key", marks: ["sg."], find: token("SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}") },
  { kind: "digitalocean-token", marks: ["dop_v1_", "doo_v1_", "dor_v1_"], find: token("do[opr]_v1_[a-f0-9]{64}") },
  { kind: "shopify-token", marks: ["shpat_", "shpca_", "shppa_", "shpss_"], find: token("shp[a-z]{2}_[a-fA-F0-9]{32}") },
  { kind: "linear-key", marks: ["lin_api_", "lin_oauth_"], find: token("lin_(?:api|oauth)_[A-Za-z0-9]{32,}") },
  { kind: "telegram-token", marks: [":aa"], find: token("([0-9]{8,10}:)(AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])"), fromName: true },
  { kind: "age-key", marks: ["age-secret-key-"], find: token("AGE-SECRET-KEY-1[A-Z0-9]{58}") },
  { kind: "jwt", marks: ["eyj"], find: token("eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}") },
  { kind: "password", marks: ["://"], find: token("(://[^\\s/:@[\"'<>]{0,100}:)([^\\s/@\"'<>]{3,200})(?=@)"), hasUser: true },
  {
    kind: "authorization",
    marks: ["authorization", "api-key", "auth-token", "security-token", "cookie"],
    find: new RegExp(
      `((?:${HEADER})${QUOTE}\\s*[:=]\\s*${QUOTE}(?:(?:bearer|basic|token|digest|apikey)\\s+)?)([^\\s"'\`\\\\](?:[^\\s"'\`\\\\]{5,}))`,
      "iy",
    ),
    fromName: true,
  },
  { kind: "authorization", marks: ["bearer", "basic"], find: /((?:[Bb]earer|[Bb]asic)\s+)([A-Za-z0-9_.~+/=-]{16,})/y },
  {
    kind: "secret",
    marks: [
      "token",
      "secret",
      "passw",
      "passphrase",
      "credential",
      "_key",
      "apikey",
      "-key",
      "atekey",
      "resskey",
      "ingkey",
      "retkey",
      "_pat",
      "_pwd",
    ],
    find: token(`((?:${NAME})${QUOTE}\\s*(?:=|:(?![:/]))\\s*${QUOTE})([^\\s"'\`\\\\,;&|)}\\]<>]{6,})`),
    fromName: true,
  },
  {
    kind: "secret",
    marks: ["--password", "--passwd", "--token", "--secret", "--api-key", "--apikey", "--access-token", "--auth-token"],
    find: token(`(--[a-z-]+[= ]${QUOTE})([^\\s"'-][^\\s"']{5,})`),
  },
];

/** What may stand where a secret would and is none: a reference to one, a placeholder, a word of a language, a plain number. */
const harmless =
  /^(?:\$|%|\{|\[|\*{3}|…|\.{3}|x{4,}$|your[_-]|process\.|os\.|import\.|env\.|self\.|this\.|config\.|await |new |(?:null|true|false|undefined|none|string|str|number|optional)\b|[0-9.]+$|[A-Za-z_.]+\()/i;

const isNameUnit = new Uint8Array(128);
for (const unit of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$") isNameUnit[unit.charCodeAt(0)] = 1;

/** By a hash of their first three characters: the marks, longest first, and whose they are. */
const marksAt: ({ mark: string; shape: Shape }[] | undefined)[] = Array.from({ length: 65_536 });
for (const shape of shapes)
  for (const mark of shape.marks)
    (marksAt[slot(mark.charCodeAt(0) | 32, mark.charCodeAt(1) | 32, mark.charCodeAt(2) | 32)] ??= []).push({ mark, shape });

/** Whether marks begin there: a table of bytes stays in the cache of the processor, one of lists does not. */
const isMark = Uint8Array.from(marksAt, (marks) => (marks === undefined ? 0 : 1));

function slot(a: number, b: number, c: number): number {
  return ((a * 31 + b) * 31 + c) & 65_535;
}

/** The words without their secrets; the very same string when it holds none. */
export function redactText(text: string): string {
  let clean = "";
  let done = 0;
  let a = 0;
  let b = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at) | 32;
    if (isMark[slot(a, b, c)] === 1 && at - 2 >= done) {
      const found = secretAt(text, at - 2, done);
      if (found !== undefined) {
        const lead = text.slice(done, found.from);
        clean += `${found.hasUser ? redactText(lead) : lead}[redacted:${found.kind}]`;
        done = found.to;
        at = done - 1;
        a = b = 0;
        continue;
      }
    }
    a = b;
    b = c;
  }
  return done === 0 ? text : clean + text.slice(done);
}

interface Found {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly hasUser: boolean;
}

/** The secret that a mark at `at` announces, if it does. Nothing before `floor` is looked at: it is written already. */
function secretAt(text: string, at: number, floor: number): Found | undefined {
  const first = slot(text.charCodeAt(at) | 32, text.charCodeAt(at + 1) | 32, text.charCodeAt(at + 2) | 32);
  for (const { mark, shape } of marksAt[first]!) {
    if (text.slice(at, at + mark.length).toLowerCase() !== mark) continue;
    const start = shape.fromName === true ? nameStart(text, at, floor) : at;
    // A beginning in the middle of a word is part of another word.
    if (shape.fromName !== true && isWordUnit(mark.charCodeAt(0)) && start > floor && isWordUnit(text.charCodeAt(start - 1))) continue;
    shape.find.lastIndex = start;
    const match = shape.find.exec(text);
    if (match === null) continue;
    const [whole, before, secret] = match;
    if (secret === undefined) return { kind: shape.kind, from: start, to: start + whole.length, hasUser: false };
    if (harmless.test(secret) || secret.includes("[redacted:")) continue;
    const from = start + before!.length;
    // What is a secret by its own shape is named by it.
    const kind = redactText(secret).match(/^\[redacted:([a-z-]+)\]$/)?.[1] ?? shape.kind;
    return { kind, from, to: from + secret.length, hasUser: shape.hasUser === true };
  }
  return undefined;
}

function nameStart(text: string, at: number, floor: number): number {
  const least = Math.max(floor, at - 80);
  let start = at;
  while (start > least && isNameUnit[text.charCodeAt(start - 1)] === 1) start--;
  // Dashes before a name are those of an option.
  while (start < at && text[start] === "-") start++;
  return start;
}

function isWordUnit(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
}

const secretField = new RegExp(`^(?:${NAME}|${HEADER})$`);
const secretHeader = new RegExp(`^(?:${HEADER})$`, "i");
const MAX_DEPTH = 100;

/**
 * Data without its secrets: every string cleaned, names of fields too, and the whole value of a field whose name says that it is secret.
 * The very same object when it holds none. Deeper than 100 levels nothing is read; the log refuses that.
 */
export function redactData<T>(value: T, depth = 0): T {
  // The base64 of a picture holds no words, but now and then what looks like one.
  if (typeof value === "string") return (imageAddress(value) === undefined ? redactText(value) : value) as T;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    let items: unknown[] | undefined;
    for (const [index, item] of value.entries()) {
      const clean: unknown = redactData(item, depth + 1);
      if (clean !== item) (items ??= [...value])[index] = clean;
    }
    return (items ?? value) as T;
  }
  let changed = false;
  const fields: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    const { clean: name, isSecret } = fieldName(key);
    const clean = isSecret && typeof field === "string" ? redactWhole(field) : redactData(field, depth + 1);
    changed ||= name !== key || clean !== field;
    fields.push([name, clean]);
  }
  return (changed ? Object.fromEntries(fields) : value) as T;
}

interface FieldName {
  readonly clean: string;
  readonly isSecret: boolean;
}

const KNOWN_NAMES = 2_000;
const knownNames = new Map<string, FieldName>();

/** Names of fields repeat, so what was found out about one is kept. */
function fieldName(key: string): FieldName {
  const known = knownNames.get(key);
  if (known !== undefined) return known;
  const isShort = key.length < 80;
  const name = { clean: redactText(key), isSecret: isShort && (secretField.test(key) || secretHeader.test(key)) };
  if (isShort && knownNames.size < KNOWN_NAMES) knownNames.set(key, name);
  return name;
}

function redactWhole(value: string): string {
  return value.length < 4 || harmless.test(value) ? redactText(value) : "[redacted:secret]";
}
