import { useState } from "react";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { Allowed } from "../../app/allowed.tsx";
import { useWhyNot } from "../../app/access.ts";
import { useApp, useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { usePressed } from "../../app/use-pressed.ts";
import { formatMoment } from "../../ui/format.ts";
import { box, control } from "../../mirror/control.ts";

const clockOf = ({ clockMs }: Snapshot): number => clockMs;
const scopes = ["ingest", "read", "control", "admin"] as const;
const means = {
  ingest: "sends events",
  read: "looks on",
  control: "also answers and steers",
  admin: "also keeps tokens and settings",
} as const;

/** The tokens that there are; a new one is shown once, and one that is revoked is shown out at once. */
export function Tokens() {
  const { client } = useApp();
  const whyNot = useWhyNot("tokens.list");
  const nowMs = useSelected(clockOf);
  const { value, problem, retry } = useAnswer("tokens.list", {}, { isIdle: whyNot !== undefined, version: usePressed("system.") });
  const [failure, setFailure] = useState<string>();
  const [made, setMade] = useState<OutputFor<"tokens.create">>();

  const act = async (change: () => Promise<unknown>): Promise<void> => {
    try {
      await change();
      setFailure(undefined);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
    retry();
  };
  const make = (form: FormData) =>
    act(async () =>
      setMade(
        await client.call("tokens.create", {
          name: String(form.get("name")).trim(),
          scope: scopes.find((scope) => scope === form.get("scope")) ?? "read",
        }),
      ),
    );

  if (problem !== undefined && value === undefined) return <p className="dim">Tokens cannot be listed: {problem}</p>;
  return (
    <div data-testid="tokens">
      {failure !== undefined && <p role="alert">{failure}</p>}
      {made !== undefined && (
        <output className="tokens__new" data-testid="new-token">
          <span>
            The token of {made.name}, shown this once: <code className="mono">{made.token}</code>
          </span>
          <button
            {...control("system.copy_token")}
            type="button"
            className="button"
            onClick={() => void navigator.clipboard.writeText(made.token)}
          >
            Copy token
          </button>
          <button {...control("system.hide_token")} type="button" className="button" onClick={() => setMade(undefined)}>
            I have it
          </button>
        </output>
      )}
      {value !== undefined && value.items.length > 0 && (
        <div className="table-box">
          <table className="table" aria-label="Tokens">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">May</th>
                <th scope="col" data-num>
                  Made
                </th>
                <th scope="col" data-num>
                  Last used
                </th>
                <th scope="col">
                  <span className="unseen">Revoke</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {value.items.map((token) => (
                <tr key={token.token_id}>
                  <td>{token.name}</td>
                  <td title={means[token.scope]}>{token.scope}</td>
                  <td className="num">{formatMoment(Date.parse(token.created_at), nowMs)}</td>
                  <td className="num">
                    {token.last_used_at === undefined ? "never" : formatMoment(Date.parse(token.last_used_at), nowMs)}
                  </td>
                  <td className="tokens__revoke">
                    <button
                      {...control("system.revoke_token", token.token_id)}
                      type="button"
                      className="button"
                      aria-label={`Revoke ${token.name}`}
                      onClick={() => void act(() => client.call("tokens.revoke", { token_id: token.token_id }))}
                    >
                      Revoke
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Allowed to="tokens.create">
        <form
          className="tokens__new"
          onSubmit={(event) => {
            event.preventDefault();
            const form = event.currentTarget;
            void make(new FormData(form)).then(() => form.reset());
          }}
        >
          <input
            {...box("system.token_name")}
            className="filter"
            name="name"
            required
            maxLength={100}
            aria-label="Name of the new token"
            placeholder="Whose it is"
          />
          <select {...box("system.token_scope")} className="filter" name="scope" aria-label="What it may do" defaultValue="read">
            {scopes.map((scope) => (
              <option key={scope} value={scope}>
                {scope}: {means[scope]}
              </option>
            ))}
          </select>
          <button {...control("system.make_token")} type="submit" className="button">
            Make token
          </button>
        </form>
      </Allowed>
    </div>
  );
}
