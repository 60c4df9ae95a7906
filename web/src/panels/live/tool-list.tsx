import { Link } from "@tanstack/react-router";
import type { ToolCount } from "../../../../src/projections/tool-counts.ts";
import type { AgentView } from "../../../../src/projections/views.ts";
import { clip, whole } from "../../ui/format.ts";
import { Outcome, outcomeWord } from "../../ui/outcome.tsx";
import { control } from "../../mirror/control.ts";

const SHOWN = 12;
/** What went otherwise than well, in the order in which it is told. */
const troubles = ["error", "timeout", "invalid", "denied", "interrupted"] as const;

/** Tools with their counts, the most called first; each leads to its calls in Traces. Without an agent: of all agents. */
export function ToolList({ tools, agent }: { tools: readonly ToolCount[]; agent?: AgentView }) {
  if (tools.length === 0) return null;
  const most = tools[0]!.total;
  const rest = tools.slice(SHOWN).reduce((sum, { total }) => sum + total, 0);
  return (
    <div className="inspector__part" data-testid="tools">
      <h3 className="heading">
        Tools <span className="num">{whole(tools.length)}</span>
      </h3>
      <ul>
        {tools.slice(0, SHOWN).map((count) => (
          <li key={count.tool ?? ""}>
            <Link
              {...control("live.tool", count.tool ?? "")}
              to="/traces"
              search={{
                ...(agent === undefined ? {} : { session: agent.session_id, agent: agent.agent_id, table: true }),
                ...(count.tool === undefined ? {} : { tool: count.tool }),
              }}
              className="call tool-count"
              title={toolWords(count)}
            >
              <span className="call__title">
                <b>{clip(count.tool ?? "unnamed", 40)}</b> ×{whole(count.total)}
              </span>
              {troubles.map(
                (outcome) =>
                  count[outcome] > 0 && (
                    <span key={outcome} className="tool-count__trouble num">
                      <Outcome call={{ state: "ended", outcome }} size={12} /> {whole(count[outcome])}
                    </span>
                  ),
              )}
              <span className="tool-count__bar" aria-hidden>
                <i style={{ width: `${(100 * count.total) / most}%` }} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p className="dim">
          {whole(tools.length - SHOWN)} more tools, {whole(rest)} calls.
        </p>
      )}
    </div>
  );
}

/** A count as a sentence: "Bash: 42 calls, 40 ok, 2 failed". */
function toolWords(count: ToolCount): string {
  const parts = (["ok", ...troubles] as const).flatMap((outcome) =>
    count[outcome] === 0 ? [] : [`${whole(count[outcome])} ${outcomeWord({ state: "ended", outcome })}`],
  );
  const open = count.running === 0 ? [] : [`${whole(count.running)} without an end yet`];
  return [`${count.tool ?? "unnamed"}: ${whole(count.total)} ${count.total === 1 ? "call" : "calls"}`, ...parts, ...open].join(", ");
}
