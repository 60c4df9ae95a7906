/** Another name under which a tool takes a field: as models know it from elsewhere. `to` is absent where the name says what holds here anyway. */
export interface Alias {
  readonly to?: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** The value that the field gets. */
  as?(value: unknown): unknown;
}

type Aliases = Readonly<Record<string, Alias>>;

const text = (description: string): Alias["schema"] => ({ type: "string", description });

const ofEveryAsk: Aliases = {
  clientToken: {
    to: "ask_id",
    schema: text("Names this asking: calling again with the same token comes back to the same ask. In place of ask_id."),
    as: (token) => (typeof token === "string" ? `ask_${token.replaceAll(/[^A-Za-z0-9._:/@+-]/g, "-").slice(0, 190)}` : token),
  },
  via: {
    schema: {
      type: "string",
      enum: ["inbox"],
      description: "Those who watch Orrery are asked, in its inbox. Your own user you ask yourself.",
    },
  },
};

export const askHumanAliases: Aliases = {
  question: { to: "prompt", schema: text("In place of prompt.") },
  urgency: { to: "risk", schema: text("How much hangs on it, such as low, medium or high. In place of risk.") },
  default: { to: "on_timeout", schema: text("What happens at the deadline: deny, wait, escalate or pass. In place of on_timeout.") },
  ...ofEveryAsk,
};

export const requestApprovalAliases: Aliases = {
  action: { to: "prompt", schema: text("What you want to do. In place of prompt.") },
  payload: { to: "input", schema: { description: "What exactly you would do it with. In place of input." } },
  editable: {
    to: "takes_input",
    schema: { type: "boolean", description: "Whether people may change the payload and allow that. In place of takes_input." },
  },
  ...ofEveryAsk,
};

/** What was given, with each alias under its own name. A field that was given by its own name too stands. */
export function withoutAliases(aliases: Aliases, given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = { ...given };
  for (const [name, { to, as = same }] of Object.entries(aliases)) {
    if (!(name in input)) continue;
    const value = input[name];
    // `via` in another way than ours stays, and is refused as any unknown field is.
    if (to === undefined && value !== "inbox") continue;
    delete input[name];
    if (to !== undefined) input[to] ??= as(value);
  }
  if (Array.isArray(input["options"]))
    input["options"] = input["options"].map((option: unknown) => (typeof option === "string" ? { id: option } : option));
  return input;
}

function same(value: unknown): unknown {
  return value;
}
