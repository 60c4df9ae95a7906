import { useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { NowNote } from "../../app/now-note.tsx";
import { useAnswer } from "../../app/use-answer.ts";
import { formatMoment, formatPercent } from "../../ui/format.ts";

const EVERY_MS = 30_000;
const clock = ({ clockMs }: Snapshot): number => clockMs;

/** How the limits of plans stand, and when they are used up at the pace so far. Nothing where no program tells any. */
export function PlanLimits() {
  const { value } = useAnswer("limits.list", {}, { everyMs: EVERY_MS });
  const nowMs = useSelected(clock);
  if (value === undefined || value.items.length === 0) return null;
  return (
    <section className="section" aria-labelledby="limits">
      <div className="section__head">
        <h2 className="section__title" id="limits">
          Plan limits
        </h2>
        <span className="section__note">as the agent programs last told them</span>
        <NowNote what="Figures" />
      </div>
      <ul className="limits">
        {value.items.map(({ app, limit, plan, used_percent, resets_at, exhausted_at, at }) => (
          <li key={`${app} ${limit}`} className="limit" data-bad={exhausted_at !== undefined || used_percent >= 90 || undefined}>
            <span className="limit__word">
              {app}, {limit.replaceAll("_", " ")} {plan !== undefined && <span className="dim">{plan}</span>}
            </span>
            <span className="share__bar" aria-hidden>
              <i style={{ width: `${Math.min(100, used_percent)}%` }} />
            </span>
            <span className="num" title={`Told ${at}`}>
              {formatPercent(used_percent, 100)}
            </span>
            <span className="limit__more">
              {exhausted_at !== undefined && `≈ used up ${formatMoment(Date.parse(exhausted_at), nowMs)}`}
              {exhausted_at !== undefined && resets_at !== undefined && ", "}
              {resets_at !== undefined && `begins anew ${formatMoment(Date.parse(resets_at), nowMs)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
