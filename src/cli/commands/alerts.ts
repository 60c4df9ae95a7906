import type { AlertRow } from "../../contract/operations/alerts.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { ago } from "../printable.ts";
import { clientOf } from "../token-file.ts";

/** What is wrong now, and what to do about it. */
export const alerts: CommandModule = {
  configure(command) {
    command
      .option("--all", "also those that are over")
      .option("--snooze <id>", "say nothing more of this one")
      .option("--minutes <n>", "for so long", "60")
      .option("--test", "try whether alerts arrive where alerts.json sends them");
    withExample(withDaemon(command), "orrery alerts", "orrery alerts --snooze alr_1q0x7 --minutes 120");
  },

  async run({ out, env }, options) {
    const client = clientOf(options, env);
    if (options["test"] === true) {
      const { items } = await client.call("alerts.test", {});
      out.show({
        data: items,
        rows: items,
        empty: "Nobody is named in alerts.json: alerts are on the page and in orrery alerts.",
        columns: [
          { name: "TO", value: (row) => row.to, isFlexible: true },
          { name: "", value: (row) => (row.ok ? "arrived" : `failed: ${row.detail ?? ""}`) },
        ],
      });
      return items.every(({ ok }) => ok) ? 0 : 69;
    }
    if (options["snooze"] !== undefined) {
      const alert = await client.call("alerts.snooze", { alert_id: options["snooze"] as string, minutes: Number(options["minutes"]) });
      out.show({ data: alert, ids: [alert.alert_id], lines: [`Nothing more of it until ${alert.snoozed_until ?? ""}.`] });
      return 0;
    }
    const { items } = await client.call("alerts.list", { state: options["all"] === true ? "all" : "open" });
    const now = systemClock.now();
    out.show<AlertRow>({
      data: items,
      rows: items,
      ids: items.map((alert) => alert.alert_id),
      empty: "Nothing is wrong.",
      columns: [
        { name: "ALERT", value: (alert) => alert.alert_id },
        { name: "RULE", value: (alert) => alert.rule_id },
        { name: "SINCE", align: "right", value: (alert) => ago(Date.parse(alert.raised_at), now) },
        { name: "STATE", value: (alert) => stateOf(alert, now) },
        { name: "WHY AND WHAT TO DO", value: (alert) => `${alert.why} ${alert.advice}`, isFlexible: true },
      ],
    });
    return 0;
  },
};

function stateOf({ cleared_at, snoozed_until }: AlertRow, now: number): string {
  if (cleared_at !== undefined) return "over";
  return snoozed_until !== undefined && Date.parse(snoozed_until) > now ? "snoozed" : "open";
}
