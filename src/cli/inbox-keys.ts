import type { AskDetail } from "../contract/operations/asks.ts";

/** What a key does in the terminal's inbox. `words` wants a line typed: `what` says what for. */
export type KeyMeaning =
  | { readonly name: "say"; readonly said: string }
  | { readonly name: "words"; readonly what: "deny" | "answer" | "edit" }
  | { readonly name: "move"; readonly by: 1 | -1 }
  | { readonly name: "withdraw" }
  | { readonly name: "quit" }
  | { readonly name: "nothing" };

/** A key, for the ask that is shown: single keys answer, and what cannot be undone by a slip wants a line. */
export function meaningOf(key: string, ask: AskDetail | undefined): KeyMeaning {
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
  if (ask === undefined || !ask.is_held) return { name: "nothing" };
  if (key === "w") return { name: "withdraw" };
  if (ask.kind === "question") {
    const choices = ask.options?.length ?? (ask.questions?.length === 1 ? (ask.questions[0]?.options?.length ?? 0) : 0);
    if (/^[1-9]$/.test(key) && Number(key) <= choices) return { name: "say", said: key };
    return key === "t" ? { name: "words", what: "answer" } : { name: "nothing" };
  }
  if (key === "a" || key === "y") return { name: "say", said: "allow" };
  if (key === "d" || key === "n") return { name: "words", what: "deny" };
  return key === "e" && isEditable(ask) ? { name: "words", what: "edit" } : { name: "nothing" };
}

function isEditable({ kind, input, takes_input }: AskDetail): boolean {
  return kind === "permission" && input !== undefined && takes_input !== false;
}

/** The keys that mean something for this ask, as one line. */
export function keysLine(ask: AskDetail | undefined): string {
  const move = "j/k next and last · q leave";
  if (ask === undefined || !ask.is_held) return move;
  if (ask.kind === "question")
    return `${(ask.options ?? ask.questions?.[0]?.options) === undefined ? "" : "1-9 choose · "}t type an answer · w take back · ${move}`;
  return `a allow · d deny${isEditable(ask) ? " · e edit and allow" : ""} · w take back · ${move}`;
}
