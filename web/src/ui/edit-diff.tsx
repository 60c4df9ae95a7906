import { useEffect, useMemo, useState } from "react";
import { previewOf, type BodyRef } from "../../../src/contract/text.ts";
import type { Call } from "../../../src/projections/calls.ts";
import { useApp } from "../app/app-context.ts";
import { formatBytes, whole } from "./format.ts";
import type { CodeLines } from "./highlight.ts";
import { languageOf } from "./language-of.ts";
import { safeText } from "./safe-text.ts";
import { editsOf, type FileEdit } from "./edits.ts";
import { countLines, diffLines, type DiffLine } from "./line-diff.ts";
import "./edit-diff.css";
import { control } from "../mirror/control.ts";

const SHOWN_LINES = 200;
/** Longer lines are shown plain: colouring them would block the page. */
const COLOUR_LIMIT = 20_000;

/** A call that was made, or one that an agent asks leave for. */
type Edited = Pick<Call, "input" | "input_run" | "output">;

/** What a call changed in files, line by line; nothing for a call that edits none. */
export function EditDiffs({ call }: { call: Edited }) {
  const { client } = useApp();
  const [bodies, setBodies] = useState<ReadonlyMap<string, string>>(new Map());
  const [problem, setProblem] = useState<string>();
  const { edits, apart } = useMemo(() => readEdits(call, bodies), [call, bodies]);
  const read = async () => {
    try {
      const texts = await Promise.all(
        apart.map(async ({ body: { sha256 } }) => [sha256, await client.call("bodies.get", { sha256 })] as const),
      );
      setBodies((old) => new Map([...old, ...texts]));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      {edits.map((edit, index) => (
        <FileDiff key={`${edit.path} ${index}`} edit={edit} isCut={apart.length > 0} />
      ))}
      {edits.length > 0 && apart.length > 0 && (
        <p>
          <button {...control("view.retry")} type="button" className="linkish" onClick={() => void read()}>
            Open full diff
          </button>{" "}
          <span className="dim">{formatBytes(apart.reduce((sum, { body }) => sum + body.size_bytes, 0))}</span>
          {problem !== undefined && <span role="alert"> {problem}</span>}
        </p>
      )}
    </>
  );
}

/** How many lines a call added and removed, for its line in the conversation. */
export function EditCounts({ call }: { call: Edited }) {
  const { added, removed, isCut } = useMemo(() => {
    const { edits, apart } = readEdits(call, new Map());
    return { ...countLines(edits.flatMap(diffLines)), isCut: apart.length > 0 };
  }, [call]);
  if (added + removed === 0) return null;
  return <Counts added={added} removed={removed} isCut={isCut} />;
}

/** Whether the diff of a call says all that its input does. */
export function hasDiff(call: Edited): boolean {
  const { edits } = readEdits(call, new Map());
  return edits.length > 0;
}

function Counts({ added, removed, isCut }: { added: number; removed: number; isCut: boolean }) {
  const least = isCut ? "at least " : "";
  return (
    <span className="diff__counts mono" title={`${least}${whole(added)} lines added, ${whole(removed)} removed`}>
      <span data-kind="added">
        <span aria-hidden>{`+${whole(added)}${isCut ? "…" : ""}`}</span>
        <span className="unseen">{`${least}${added} added`}</span>
      </span>{" "}
      <span data-kind="removed">
        <span aria-hidden>{`−${whole(removed)}`}</span>
        <span className="unseen">{`${removed} removed`}</span>
      </span>
    </span>
  );
}

function readEdits(call: Edited, bodies: ReadonlyMap<string, string>): { edits: FileEdit[]; apart: readonly BodyRef[] } {
  const apart = new Map<string, BodyRef>();
  const edits = editsOf(call, (ref) => {
    const text = bodies.get(ref.body.sha256);
    if (text === undefined) apart.set(ref.body.sha256, ref);
    return text ?? previewOf(ref);
  });
  return { edits, apart: [...apart.values()] };
}

const changes: Readonly<Record<FileEdit["change"], string>> = {
  changed: "",
  created: "new file",
  deleted: "deleted",
  written: "whole file",
};

function FileDiff({ edit, isCut }: { edit: FileEdit; isCut: boolean }) {
  const lines = useMemo(() => diffLines(edit), [edit]);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, SHOWN_LINES);
  const colours = useColours(shown, edit.path);
  const hasNumbers = shown.some(({ before, after }) => before !== undefined || after !== undefined);
  const { added, removed } = countLines(lines);
  const path = safeText(edit.path);
  return (
    <section className="diff" aria-label={`Changes in ${path}`} data-testid="diff">
      <div className="diff__head">
        <span className="mono diff__path" title={path}>
          {path}
          {edit.movedTo !== undefined && ` → ${safeText(edit.movedTo)}`}
        </span>
        {changes[edit.change] !== "" && (
          <span className="dim" title={edit.change === "written" ? "What stood there before was not told" : undefined}>
            {changes[edit.change]}
          </span>
        )}
        <Counts added={added} removed={removed} isCut={isCut} />
      </div>
      {shown.length > 0 && (
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="diff__lines" tabIndex={0}>
          <table>
            <tbody>
              {shown.map((line, index) => (
                <tr key={index} data-kind={line.kind}>
                  {hasNumbers && <td className="diff__number">{line.before}</td>}
                  {hasNumbers && <td className="diff__number">{line.after}</td>}
                  <td className="diff__sign">{signs[line.kind]}</td>
                  <td className="diff__words">
                    {line.kind === "gap" ? (
                      <span className="unseen">Lines left out</span>
                    ) : (
                      <Words line={line} colours={colours?.[index]} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length < lines.length && (
        <p className="diff__more">
          <button {...control("view.more")} type="button" className="linkish" onClick={() => setWhole(true)}>
            Show all {whole(lines.length)} lines
          </button>
        </p>
      )}
    </section>
  );
}

const signs: Readonly<Record<DiffLine["kind"], string>> = { added: "+", removed: "−", same: "", gap: "⋯" };

function Words({ line, colours }: { line: DiffLine; colours: CodeLines[number] | undefined }) {
  if (colours === undefined) return safeText(line.words);
  return colours.map(({ words, colour }, index) => (
    <span key={index} style={{ color: colour }}>
      {words}
    </span>
  ));
}

/** Colours by line: those of the text before for what was removed, those of the text after for the rest. */
function useColours(lines: readonly DiffLine[], path: string): readonly (CodeLines[number] | undefined)[] | undefined {
  const [colours, setColours] = useState<{ readonly of: readonly DiffLine[]; readonly by: readonly (CodeLines[number] | undefined)[] }>();
  useEffect(() => {
    const language = languageOf(path);
    if (language === undefined || lines.reduce((sum, { words }) => sum + words.length, 0) > COLOUR_LIMIT) return undefined;
    let isCurrent = true;
    const colour = async () => {
      const { highlight } = await import("./highlight.ts");
      const sides = await Promise.all(
        (["added", "removed"] as const).map(async (other) => {
          const own = lines.flatMap((line, index) => (line.kind === other || line.kind === "gap" ? [] : [index]));
          const coloured = await highlight(own.map((index) => safeText(lines[index]!.words)).join("\n"), language);
          return own.map((index, at) => [index, coloured?.[at]] as const);
        }),
      );
      const byLine = new Map(sides.flat());
      if (isCurrent) setColours({ of: lines, by: lines.map((_, index) => byLine.get(index)) });
    };
    void colour();
    return () => {
      isCurrent = false;
    };
  }, [lines, path]);
  // Lines that came a moment ago must not be shown with the words of those before them.
  return colours?.of.length === lines.length && colours.of[0] === lines[0] ? colours.by : undefined;
}
