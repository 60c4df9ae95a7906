import type { Budget } from "../../../../src/contract/operations/budgets.ts";
import { useApp } from "../../app/app-context.ts";
import { box } from "../../mirror/control.ts";
import { SaveForm } from "../../ui/save-form.tsx";

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
  return (
    <SaveForm
      label={budget === undefined ? "New budget" : "Edit budget"}
      save={{ control: "money.save_budget", words: budget === undefined ? "Set budget" : "Save budget" }}
      cancel="money.cancel"
      onCancel={onCancel}
      onSave={async (field) => {
        const scope = scopes.find((one) => one === field("scope")) ?? "day";
        const match = field("match");
        await client.call("budgets.set", {
          budget_id: budget?.budget_id ?? freeId(scope, taken),
          scope,
          limit_usd: Number(field("limit")),
          warn_percent: Number(field("warn")),
          ...(match === "" || scope === "day" ? {} : { match }),
        });
        onDone();
      }}
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
    </SaveForm>
  );
}

/** `bud_day`, `bud_day-2`, … */
function freeId(scope: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const id = `bud_${scope}${count === 1 ? "" : `-${count}`}`;
    if (!taken.includes(id)) return id;
  }
}
