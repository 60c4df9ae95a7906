import { BellRing } from "lucide-react";
import { useState } from "react";
import type { CallInput } from "../../../../src/client/index.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { Allowed } from "../../app/allowed.tsx";
import { useApp } from "../../app/app-context.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { usePressed } from "../../app/use-pressed.ts";
import { safeText } from "../../ui/safe-text.ts";
import { control } from "../../mirror/control.ts";

type Rule = OutputFor<"alerts.rules">["items"][number];

/** What a rule watches for; each measure that can be set stands in it as `{field unit}`. */
const sentences: Record<Rule["kind"], string> = {
  stuck: "An agent works, nobody is asked, and there is no sign of life for {minutes} minutes",
  loop: "The same call {times} times, one after another, within {within_minutes} minutes",
  orphan: "A session works, and no process of its program has run for {minutes} minutes",
  error_burst: "{errors} failed calls and requests of one session within {within_minutes} minutes",
  spend_rate: "More than US$ {usd} spent by all sessions within {within_minutes} minutes",
  quota_near: "A plan's limit is used up to {used_percent} percent",
  source_silent: "A source tells nothing for {minutes} minutes while its sessions go on",
  event: "Events of the types that the rule names",
};
const origins = { ours: "comes with Orrery", changed: "changed", yours: "your own" } as const;

/** The rules by which the bell rings: each can be turned off, set, and put back as it came. */
export function AlertRules() {
  const { client } = useApp();
  const { value, problem, retry } = useAnswer("alerts.rules", {}, { version: usePressed("system.") });
  const [failure, setFailure] = useState<string>();
  const [told, setTold] = useState<OutputFor<"alerts.test">["items"]>();

  const act = (change: () => Promise<unknown>) => async (): Promise<boolean> => {
    let isDone = false;
    try {
      await change();
      setFailure(undefined);
      isDone = true;
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
    retry();
    return isDone;
  };
  const set = (rule: Rule) => act(() => client.call("alerts.set_rule", withoutOrigin(rule)))();
  const reset = (rule: Rule) => act(() => client.call("alerts.remove_rule", { rule_id: rule.rule_id }))();
  const test = act(async () => setTold((await client.call("alerts.test", {})).items));

  return (
    <section className="section" aria-labelledby="alert-rules">
      <div className="section__head">
        <h2 className="section__title" id="alert-rules">
          Alert rules
        </h2>
        <span className="section__note">what the bell watches for; kept in alerts.json</span>
      </div>
      {problem !== undefined && (
        <p role="alert">
          The rules cannot be listed: {problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {(value?.problems ?? []).map(({ path, message }) => (
        <p key={message} role="alert" className="system__problem">
          <span className="mono">{path}</span> {safeText(message)}. The rules that come with Orrery are in force; nothing can be changed
          until the file is right.
        </p>
      ))}
      {failure !== undefined && (
        <p role="alert" className="system__problem">
          Not changed: {failure}
        </p>
      )}
      <Allowed to="alerts.set_rule">
        <ul className="rules">
          {value?.items.map((rule) => (
            <RuleRow key={rule.rule_id} rule={rule} onSet={set} onReset={reset} />
          ))}
        </ul>
        {value !== undefined && (
          <p className="dim rules__told">
            {value.notify === undefined ? (
              <>Only this page shows alerts. A webhook or a command under “notify” in alerts.json is told too.</>
            ) : (
              <>
                <span>
                  Told beside this page: <span className="mono">{value.notify.webhook?.url ?? value.notify.command?.join(" ")}</span>
                </span>
                <button {...control("system.test_alerts")} type="button" className="button" onClick={() => void test()}>
                  <BellRing size={14} aria-hidden />
                  Send a test
                </button>
              </>
            )}{" "}
            <output>{told?.map(({ to, ok, detail }) => `${to}: ${ok ? "arrived" : (detail ?? "failed")}`).join(" ")}</output>
          </p>
        )}
      </Allowed>
    </section>
  );
}

function RuleRow({
  rule,
  onSet,
  onReset,
}: {
  rule: Rule;
  onSet: (rule: Rule) => Promise<boolean>;
  onReset: (rule: Rule) => Promise<boolean>;
}) {
  const [changed, setChanged] = useState<Readonly<Record<string, string>>>({});
  /** What was just pressed: it holds until the next answer about the rules says what is so. */
  const [wanted, setWanted] = useState<{ readonly of: Rule; readonly enabled: boolean }>();
  const isOn = wanted?.of === rule ? wanted.enabled : rule.enabled;
  const turn = async (enabled: boolean): Promise<void> => {
    setWanted({ of: rule, enabled });
    if (!(await onSet({ ...rule, enabled }))) setWanted(undefined);
  };
  const differs = ([field, typed]: [string, string]): boolean => Number(typed) !== rule[field];
  // What was typed stays until an answer about the rules says it too: whatever is typed while one is on its way is neither lost nor sent without it.
  const [seen, setSeen] = useState(rule);
  if (seen !== rule) {
    setSeen(rule);
    setChanged(Object.fromEntries(Object.entries(changed).filter(differs)));
  }
  const save = (): Promise<boolean> => {
    const numbers = Object.fromEntries(Object.entries(changed).map(([field, typed]) => [field, Number(typed)]));
    return onSet({ ...rule, enabled: isOn, ...numbers });
  };
  const reset = async (): Promise<void> => {
    const left = changed;
    if (await onReset(rule)) setChanged((now) => Object.fromEntries(Object.entries(now).filter(([field, typed]) => typed !== left[field])));
  };
  const isChanged = Object.entries(changed).some(differs);
  const sentence = sentences[rule.kind];
  const types = rule["types"];
  return (
    <li className="rule" data-testid={`rule-${rule.rule_id}`} data-off={!isOn || undefined}>
      <label className="rule__on">
        <input
          {...control(isOn ? "system.rule_off" : "system.rule_on", rule.rule_id)}
          type="checkbox"
          checked={isOn}
          aria-label={`Watch for ${rule.rule_id}`}
          onChange={(event) => void turn(event.target.checked)}
        />
        <b className="mono">{rule.rule_id}</b>
      </label>
      <form
        className="rule__what"
        aria-label={`Measure of ${rule.rule_id}`}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {sentence
          .split(/(\{\w+\})/)
          .filter(Boolean)
          .map((part) => {
            const field = /^\{(\w+)\}$/.exec(part)?.[1];
            if (field === undefined) return <span key={part}>{part}</span>;
            return (
              <input
                {...control("system.rule_measure", `${rule.rule_id} ${field}`)}
                key={part}
                className="filter num"
                type="number"
                step="any"
                required
                aria-label={`${rule.rule_id} ${field.replaceAll("_", " ")}`}
                value={changed[field] ?? String(rule[field] ?? "")}
                onChange={({ target: { value } }) => setChanged((now) => ({ ...now, [field]: value }))}
              />
            );
          })}
        {Array.isArray(types) && <span className="mono">{types.join(", ")}</span>}
        {isChanged && (
          <>
            <button {...control("system.save_rule", rule.rule_id)} type="submit" className="button">
              Save
            </button>
            <button {...control("system.undo_rule", rule.rule_id)} type="button" className="linkish" onClick={() => setChanged({})}>
              Leave it
            </button>
          </>
        )}
      </form>
      <span className="rule__origin dim">
        {origins[rule.origin]}
        {rule.origin !== "ours" && (
          <button {...control("system.reset_rule", rule.rule_id)} type="button" className="linkish" onClick={() => void reset()}>
            {rule.origin === "changed" ? "Reset" : "Remove"}
          </button>
        )}
      </span>
    </li>
  );
}

function withoutOrigin({ origin: _origin, ...rule }: Rule): CallInput<"alerts.set_rule"> {
  return rule;
}
