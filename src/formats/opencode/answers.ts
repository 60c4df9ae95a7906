import type { AskQuestion } from "../../contract/events/ask.ts";
import { fields, list, str, type Fields } from "../fields.ts";

/** What waits in an opencode server for an answer, beyond what its event says. `id` is the server's own. */
export interface WaitingAsk {
  readonly id: string;
  readonly kind: "permission" | "question";
  readonly questions?: readonly AskQuestion[];
  /** What it would allow from now on. */
  readonly suggestions?: readonly unknown[];
  /** The change to a file, as a diff. */
  readonly preview?: string;
}

/** The answer as Orrery has it. */
interface Decision {
  readonly isYes: boolean;
  readonly message?: string | undefined;
  readonly remember?: readonly unknown[] | undefined;
  readonly value?: unknown;
}

const ALWAYS = "always";

/** The properties of `permission.asked` or `question.asked`, or an item of `GET /permission` or `GET /question`. */
export function readWaiting(kind: WaitingAsk["kind"], properties: Fields): WaitingAsk | undefined {
  const id = str(properties["id"]);
  if (id === undefined) return undefined;
  if (kind === "question") return { id, kind, questions: list(properties["questions"]).flatMap(questionOf) };
  const patterns = list(properties["always"]).filter((pattern) => typeof pattern === "string");
  const preview = str(fields(properties["metadata"])?.["diff"]);
  return {
    id,
    kind,
    ...(patterns.length === 0 ? {} : { suggestions: [{ type: ALWAYS, patterns, until: "opencode ends" }] }),
    ...(preview === undefined ? {} : { preview }),
  };
}

function questionOf(value: unknown): AskQuestion[] {
  const { question, header, options, multiple } = fields(value) ?? {};
  if (typeof question !== "string") return [];
  return [
    {
      question,
      ...(typeof header === "string" ? { header } : {}),
      options: list(options).flatMap((option) => {
        const { label, description } = fields(option) ?? {};
        if (typeof label !== "string") return [];
        return [{ label, ...(typeof description === "string" ? { description } : {}) }];
      }),
      ...(multiple === true ? { is_multiple: true } : {}),
    },
  ];
}

/** The request that gives the answer: `POST` of the body to the path. */
export function writeReply(
  { id, kind }: Pick<WaitingAsk, "id" | "kind">,
  { isYes, message, remember = [], value }: Decision,
  questions: readonly string[] = [],
): { readonly path: string; readonly body: object } {
  // A question that is refused takes no words.
  if (kind === "question" && !isYes && value === undefined) return { path: `/question/${encodeURIComponent(id)}/reject`, body: {} };
  const path = `/${kind}/${encodeURIComponent(id)}/reply`;
  if (kind === "question") {
    const given = fields(value) ?? {};
    return {
      path,
      body: {
        answers: questions.map((question) =>
          [given[question]]
            .flat()
            .filter((each) => each !== undefined)
            .map(String),
        ),
      },
    };
  }
  if (!isYes) return { path, body: { reply: "reject", ...(message === undefined ? {} : { message }) } };
  const isAlways = remember.some((each) => fields(each)?.["type"] === ALWAYS);
  return { path, body: { reply: isAlways ? "always" : "once" } };
}
