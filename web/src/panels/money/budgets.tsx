import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Budget } from "../../../../src/contract/operations/budgets.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { Allowed } from "../../app/allowed.tsx";
import { useApp, useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { NowNote } from "../../app/now-note.tsx";
import { useAnswer } from "../../app/use-answer.ts";
import { usePressed } from "../../app/use-pressed.ts";
import { formatMoment, formatUsd, whole } from "../../ui/format.ts";
import { BudgetForm } from "./budget-form.tsx";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

type Row = OutputFor<"budgets.list">["items"][number];
type Told = { readonly budget_id: string; readonly subject: string; readonly spent_usd_micros: number; readonly limit_usd_micros: number };

const EVERY_MS = 10_000;
const SHOWN = 3;
const WARNINGS = 12;
const words = { below: "below", warned: "nearly used up", exceeded: "exceeded" } as const;
const clock = ({ clockMs }: Snapshot): number => clockMs;

/** Budgets: what may be spent, how each stands, and what they warned of. What is used up stops agents that ask Orrery before each call, and warns of the others. */
export function Budgets() {
  const { client } = useApp();
  const nowMs = useSelected(clock);
  const { value, problem, retry } = useAnswer("budgets.list", {}, { everyMs: EVERY_MS, version: usePressed("money.") });
  const warnings = useAnswer("events.list", { types: ["budget.*"], order: "newest", limit: WARNINGS }, { everyMs: EVERY_MS });
  const [form, setForm] = useHeld<"none" | "new" | "edit">("money.form", "none");
  const [editedId, setEditedId] = useHeld("money.budget", "");
  const [removing, setRemoving] = useState<string>();
  const [failed, setFailed] = useState<string>();
  const rows = value?.items ?? [];
  const row = form === "edit" ? rows.find(({ budget_id }) => budget_id === editedId) : undefined;
  const edited = form === "new" ? form : row === undefined ? undefined : pick(row);
  const setEdited = (next: Budget | "new" | undefined): void => {
    setForm(next === undefined ? "none" : next === "new" ? "new" : "edit");
    setEditedId(typeof next === "object" ? next.budget_id : "");
  };
  const remove = async (budget_id: string) => {
    setRemoving(undefined);
    try {
      await client.call("budgets.remove", { budget_id });
      setFailed(undefined);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
    retry();
  };
  return (
    <section className="section" aria-labelledby="budgets">
      <div className="section__head">
        <h2 className="section__title" id="budgets">
          Budgets
        </h2>
        <span className="section__note">a warning for all; agents that ask here are stopped</span>
        <NowNote what="Figures" />
        <Allowed to="budgets.set" isTold>
          {edited === undefined && (
            <button {...control("money.new_budget")} type="button" className="button section__tools" onClick={() => setEdited("new")}>
              <Plus size={14} aria-hidden />
              New budget
            </button>
          )}
        </Allowed>
      </div>
      {[problem, failed, ...(value?.problems.map(({ path, message }) => `${path}: ${message}`) ?? [])].filter(Boolean).map((words) => (
        <p key={words} role="alert" className="form__problem">
          {words}
        </p>
      ))}
      <Allowed to="budgets.set">
        {edited !== undefined && (
          <BudgetForm
            budget={edited === "new" ? undefined : edited}
            taken={rows.map(({ budget_id }) => budget_id)}
            onDone={() => {
              setEdited(undefined);
              retry();
            }}
            onCancel={() => setEdited(undefined)}
          />
        )}
        {value !== undefined && rows.length === 0 && edited === undefined && (
          <p className="dim">No budget is set. One of a day, a project, a session or an agent warns before it is used up.</p>
        )}
        <p className="dim">
          Used up, a budget denies every further call of agents that ask here: <code>orrery connect claude --answer</code>,{" "}
          <code>orrery connect codex --answer</code>, an opencode server that Orrery follows. Of others it only warns.
        </p>
        <ul className="budgets">
          {rows.map((row) => (
            <li key={row.budget_id} className="budget" data-state={row.state} data-testid={`budget-${row.budget_id}`}>
              <div className="budget__head">
                <span>
                  <b>{formatUsd(row.limit_usd * 1e6)}</b> for each {row.scope}
                  {row.match !== undefined && <span className="dim"> ({row.match})</span>}
                </span>
                <span className="dim">warns at {row.warn_percent} %</span>
                <span className="budget__state">{words[row.state]}</span>
                <button
                  {...control("money.edit_budget", row.budget_id)}
                  type="button"
                  className="button button--icon"
                  aria-label={`Edit budget ${row.budget_id}`}
                  title="Edit budget"
                  onClick={() => setEdited(pick(row))}
                >
                  <Pencil size={14} />
                </button>
                {removing === row.budget_id ? (
                  <button
                    {...control("money.remove_budget_sure", row.budget_id)}
                    type="button"
                    className="button budget__sure"
                    onClick={() => void remove(row.budget_id)}
                    onBlur={() => setRemoving(undefined)}
                  >
                    Delete for good
                  </button>
                ) : (
                  <button
                    {...control("money.remove_budget", row.budget_id)}
                    type="button"
                    className="button button--icon"
                    aria-label={`Delete budget ${row.budget_id}`}
                    title="Delete budget"
                    onClick={() => setRemoving(row.budget_id)}
                  >
                    <Trash2 size={14} />
                  </button>
                )}
              </div>
              {row.subjects.slice(0, SHOWN).map((standing) => (
                <div key={standing.subject} className="share" title={`${standing.percent.toFixed(1)} % of the budget`}>
                  <span className="share__word">{standing.subject}</span>
                  <span className="share__bar" data-state={standing.state} aria-hidden>
                    <i style={{ width: `${Math.min(100, standing.percent)}%` }} />
                  </span>
                  <span className="num">
                    {standing.unknown_requests > 0 && "≥ "}
                    {formatUsd(standing.spent_usd_micros)}
                  </span>
                </div>
              ))}
              {row.subjects.length > SHOWN && <p className="dim">{whole(row.subjects.length - SHOWN)} more stand lower.</p>}
            </li>
          ))}
        </ul>
      </Allowed>
      {warnings.value !== undefined && warnings.value.items.length > 0 && (
        <details className="warnings">
          <summary {...control("money.warnings")}>
            {warnings.value.next_cursor === undefined ? whole(warnings.value.items.length) : `The last ${WARNINGS}`} warnings
          </summary>
          <ul>
            {warnings.value.items.map(({ seq, type, timestamp, data }) => {
              const told = data as Told;
              return (
                <li key={seq}>
                  <span className="num dim">{formatMoment(Date.parse(timestamp), nowMs)}</span> {told.subject}{" "}
                  {type === "budget.exceeded" ? "exceeded" : "came near"} the budget {told.budget_id}:{" "}
                  <span className="num">
                    {formatUsd(told.spent_usd_micros)} of {formatUsd(told.limit_usd_micros)}
                  </span>
                </li>
              );
            })}
          </ul>
        </details>
      )}
    </section>
  );
}

function pick({ budget_id, scope, match, limit_usd, warn_percent }: Row): Budget {
  return { budget_id, scope, limit_usd, warn_percent, ...(match === undefined ? {} : { match }) };
}
