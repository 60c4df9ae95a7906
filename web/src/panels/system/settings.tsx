import { formatBytes } from "../../ui/format.ts";
import type { Status } from "./system.tsx";

/** What is set, and by whom. Settings are read at the start: they are changed where they came from. */
export function Settings({ settings }: { settings: Status["settings"] }) {
  return (
    <section className="section" aria-labelledby="settings">
      <div className="section__head">
        <h2 className="section__title" id="settings">
          Settings
        </h2>
        <span className="section__note">read when the daemon starts; a flag counts before the environment</span>
      </div>
      <div className="table-box">
        <table className="table settings">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">From</th>
              <th scope="col">To change it</th>
            </tr>
          </thead>
          <tbody>
            {settings.map(({ name, value, from, env, flag, help }) => (
              <tr key={name} data-testid={`setting-${name}`}>
                <td>
                  <span className="mono">{name}</span>
                  <small>{help}</small>
                </td>
                <td className="mono settings__value">
                  {value === "" ? <span className="dim">not set</span> : String(value)}
                  {name.endsWith("_bytes") && typeof value === "number" && <span className="dim"> = {formatBytes(value)}</span>}
                </td>
                <td data-from={from}>{from}</td>
                <td className="mono dim">
                  {flag}
                  <br />
                  {env}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
