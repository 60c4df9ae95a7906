import { useRef } from "react";
import type { Import } from "../../../../src/contract/operations/imports.ts";
import { importLeftMs, importShare, type SeenImport } from "../../../../src/projections/import-progress.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { formatBytes, formatDuration, formatPercent, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";

const EVERY_MS = 1_000;

/** Old files that are being read now: how much of them is. Nothing while none are. */
export function Imports({ nowMs }: { nowMs: number }) {
  const first = useRef(new Map<string, SeenImport>());
  const { value } = useAnswer("imports.list", { state: "reading" }, { everyMs: EVERY_MS });
  if (value === undefined || value.items.length === 0) return null;
  return (
    <section className="section" aria-labelledby="imports">
      <h2 className="section__title" id="imports">
        Being imported
      </h2>
      <ul className="shares">
        {value.items.map((one) => (
          <Row key={one.import_id} one={one} first={seen(one)} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );

  function seen({ import_id, bytes_read }: Import): SeenImport {
    const known = first.current.get(import_id) ?? { atMs: nowMs, bytes_read };
    first.current.set(import_id, known);
    return known;
  }
}

function Row({ one, first, nowMs }: { one: Import; first: SeenImport; nowMs: number }) {
  const share = importShare(one);
  const leftMs = importLeftMs(one, first, nowMs);
  const words =
    share === undefined
      ? "looking for files"
      : `${formatPercent(one.bytes_read, one.bytes)} of ${formatBytes(one.bytes)}, ${whole(one.files_read)} of ${whole(one.files)} files${leftMs === undefined ? "" : `, ${formatDuration(leftMs)} left`}`;
  return (
    <li className="import" data-testid="import">
      <span className="share__word" title={one.path}>
        {safeText(one.path)}
      </span>
      <span className="num dim">{words}</span>
      <progress
        className="share__progress"
        aria-label={`Import of ${one.path}`}
        max={1}
        {...(share === undefined ? {} : { value: share })}
      />
    </li>
  );
}
