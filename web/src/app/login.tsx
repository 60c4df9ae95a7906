import { useState } from "react";
import { Notice } from "../ui/states.tsx";
import { askAccess } from "./access.ts";
import { control } from "../mirror/control.ts";

/** Whether this daemon wants a token that the browser has not given yet. One that cannot be asked is asked for the picture as ever. */
export async function needsLogin(): Promise<boolean> {
  try {
    const { needed, scope } = await askAccess();
    return needed === true && scope === undefined;
  } catch {
    return false;
  }
}

/** Trades a token for a cookie that no script can read. */
export function Login() {
  const [problem, setProblem] = useState<string>();
  const logIn = async (token: string): Promise<void> => {
    try {
      const headers = { "content-type": "application/json" };
      const answer = await fetch("/api/login", { method: "POST", headers, body: JSON.stringify({ token }) });
      if (answer.ok) return location.reload();
      setProblem(((await answer.json()) as { error: { message: string } }).error.message);
    } catch {
      setProblem("Orrery does not answer. Try again when it is back.");
    }
  };
  return (
    <main style={{ height: "100dvh" }}>
      <Notice title="Who is there?" testId="login">
        <p className="notice__text">This Orrery wants a token. Whoever keeps it makes one with: orrery token create &lt;name&gt;</p>
        <form
          className="commands"
          onSubmit={(event) => {
            event.preventDefault();
            void logIn(String(new FormData(event.currentTarget).get("token")).trim());
          }}
        >
          <input
            {...control("login.token")}
            className="filter"
            name="token"
            type="password"
            required
            autoComplete="current-password"
            aria-label="Token"
            placeholder="orrt_…"
          />
          <button {...control("login.in")} type="submit" className="button">
            Log in
          </button>
        </form>
        {problem !== undefined && <p role="alert">{problem}</p>}
      </Notice>
    </main>
  );
}
