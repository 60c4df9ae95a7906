import { useState, type SubmitEvent } from "react";
import type { Budget } from "../../../../src/contract/operations/budgets.ts";
import { useApp } from "../../app/app-context.ts";
import { box, control } from "../../mirror/control.ts";

const scopes = ["day", "project", "session", "agent"] as const;

/** Makes a budget, or changes one. What is wrong with it the daemon says. */
export function BudgetForm({
  budget,
  taken,
  onDone,
  onCancel,
}: {
  budget: Budget | undefined;
  taken: readonly string[];
  onDone: () => void;
  onCancel: () => void;
}) {
  const { client } = useApp();
  const [problem, setProblem] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const save = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    const scope = scopes.find((one) => one === field("scope")) ?? "day";
    const match = field("match");
    setSaving(true);
    try {
      await client.call("budgets.set", {
        budget_id: budget?.budget_id ?? freeId(scope, taken),
        scope,
        limit_usd: Number(field("limit")),
        warn_percent: Number(field("warn")),
        ...(match === "" || scope === "day" ? {} : { match }),
      });
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSaving(false);
    }
  };
  return (
    // Escape in any of its fields closes the form.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className="form"
      aria-label={budget === undefined ? "New budget" : "Edit budget"}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <label>
        US dollars
        {/* The form was asked for: its first field is where one goes on. */}
        <input
          {...box("money.limit")}
          name="limit"
          type="number"
          min="0.01"
          step="any"
          required
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          defaultValue={budget?.limit_usd ?? 20}
        />
      </label>
      <label>
        for each
        <select {...box("money.scope")} name="scope" defaultValue={budget?.scope ?? "day"}>
          {scopes.map((scope) => (
            <option key={scope}>{scope}</option>
          ))}
        </select>
      </label>
      <label>
        only this one
        <input {...box("money.match")} name="match" defaultValue={budget?.match ?? ""} placeholder="all of them" />
      </label>
      <label>
        warn at percent
        <input {...box("money.warn")} name="warn" type="number" min="1" max="100" required defaultValue={budget?.warn_percent ?? 80} />
      </label>
      <div className="form__tools">
        <button {...control("money.save_budget")} type="submit" className="button button--primary" disabled={isSaving}>
          {budget === undefined ? "Set budget" : "Save budget"}
        </button>
        <button {...control("money.cancel")} type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
      {problem !== undefined && (
        <p role="alert" className="money__problem">
          {problem}
        </p>
      )}
    </form>
  );
}

/** `bud_day`, `bud_day-2`, … */
function freeId(scope: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const id = `bud_${scope}${count === 1 ? "" : `-${count}`}`;
    if (!taken.includes(id)) return id;
  }
}
