import type { Status } from "./system.tsx";
import { Tokens } from "./tokens.tsx";

/** Who may ask this daemon. */
export function Doors({ status }: { status: Status }) {
  const of = (name: string) => status.settings.find((one) => one.name === name)?.value;
  return (
    <section className="section" aria-labelledby="doors" data-testid="doors">
      <div className="section__head">
        <h2 className="section__title" id="doors">
          Doors and tokens
        </h2>
        <span className="section__note">who may ask this daemon</span>
      </div>
      <p>
        It listens on <span className="mono">{`${String(of("host") ?? "127.0.0.1")}:${window.location.port}`}</span>. Pages of other sites
        are refused by their <span className="mono">Origin</span> and <span className="mono">Host</span>.
      </p>
      <p className="dim">
        On loopback whoever reaches the port may read and change everything. At any other address every request needs a token:{" "}
        <span className="mono">orrery token create</span>, <span className="mono">ls</span> and <span className="mono">revoke</span> keep
        them, and so does this list.
      </p>
      <Tokens />
    </section>
  );
}
