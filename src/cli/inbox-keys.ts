import type { AskDetail } from "../contract/operations/asks.ts";

/** What a key does in the terminal's inbox. `words` wants a line typed: `what` says what for. */
export type KeyMeaning =
  | { readonly name: "say"; readonly said: string }
  | { readonly name: "words"; readonly what: "deny" | "answer" | "edit" }
  | { readonly name: "move"; readonly by: 1 | -1 }
  | { readonly name: "withdraw" }
  | { readonly name: "always" }
  | { readonly name: "mark" }
  | { readonly name: "quit" }
  | { readonly name: "nothing" };

/** A key, for the ask that is shown, or for those that are marked: single keys answer, and what cannot be undone by a slip wants a line. */
export function meaningOf(key: string, ask: AskDetail | undefined, marked = 0): KeyMeaning {
  switch (key) {
    case "q":
    case "\u0003":
    case "\u001B":
      return { name: "quit" };
    case "j":
    case "\u001B[B":
      return { name: "move", by: 1 };
    case "k":
    case "\u001B[A":
      return { name: "move", by: -1 };
  }
  if (marked > 0 && (key === "a" || key === "y")) return { name: "say", said: "allow" };
  if (marked > 0 && (key === "d" || key === "n")) return { name: "words", what: "deny" };
  if (ask === undefined || !ask.is_held) return { name: "nothing" };
  if (key === "w") return { name: "withdraw" };
  if (key === " " && isMarkable(ask)) return { name: "mark" };
  if (key === "A" && isKeepable(ask)) return { name: "always" };
  if (ask.kind === "question") {
    const choices = ask.options?.length ?? (ask.questions?.length === 1 ? (ask.questions[0]?.options?.length ?? 0) : 0);
    if (/^[1-9]$/.test(key) && Number(key) <= choices) return { name: "say", said: key };
    if (key === "d" || key === "n") return { name: "words", what: "deny" };
    return key === "t" ? { name: "words", what: "answer" } : { name: "nothing" };
  }
  if (key === "a" || key === "y") return { name: "say", said: "allow" };
  if (key === "d" || key === "n") return { name: "words", what: "deny" };
  return key === "e" && isEditable(ask) ? { name: "words", what: "edit" } : { name: "nothing" };
}

/** Yes and no can be said to several at once; each question has an answer of its own. */
function isMarkable({ kind }: AskDetail): boolean {
  return kind !== "question";
}

/** A rule is about what a tool does. */
function isKeepable({ kind, tool, session_id }: AskDetail): boolean {
  return kind === "permission" && tool !== undefined && session_id !== undefined;
}

function isEditable({ kind, input, takes_input }: AskDetail): boolean {
  return kind === "permission" && input !== undefined && takes_input !== false;
}

/** The keys that mean something for this ask, as one line. `marked`: how many are answered together. */
export function keysLine(ask: AskDetail | undefined, marked = 0): string {
  const move = "j/k next and last · q leave";
  if (marked > 0) return `a allow the ${marked} marked · d deny them · space mark or unmark · ${move}`;
  if (ask === undefined || !ask.is_held) return move;
  if (ask.kind === "question")
    return `${(ask.options ?? ask.questions?.[0]?.options) === undefined ? "" : "1-9 choose · "}t type an answer · d deny · w take back · ${move}`;
  const keep = isKeepable(ask) ? " · A always allow" : "";
  return `a allow · d deny${isEditable(ask) ? " · e edit and allow" : ""}${keep} · space mark · w take back · ${move}`;
}
