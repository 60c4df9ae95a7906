import { provenanceOf, type Fused } from "../../../src/projections/fuse.ts";

const ways: Record<string, string> = {
  hook: "a hook",
  transcript: "the transcript",
  otel: "telemetry",
  stream: "the stream",
  acp: "the protocol",
  other: "another source",
};

/** Who says so, in words for a title: "reported by a hook". Nothing where no report is held. */
export function provenanceText(of: Fused, field: string): string | undefined {
  const rank = of.from[field];
  if (rank === undefined) return undefined;
  const { certainty, way } = provenanceOf(rank);
  return `${certainty} by ${ways[way] ?? way}`;
}

/** A small mark beside a value: who says so. Shown while the row is pointed at. */
export function Provenance({ of, field }: { of: Fused; field: string }) {
  const rank = of.from[field];
  if (rank === undefined) return null;
  const { certainty, way } = provenanceOf(rank);
  return (
    <span className="provenance" title={provenanceText(of, field)}>
      {certainty === "reported" ? way : certainty}
    </span>
  );
}
