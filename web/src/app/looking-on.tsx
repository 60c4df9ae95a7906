import { Eye } from "lucide-react";
import { useEffect, useState } from "react";

/** Over everything while the page came in with a token that may only look on. */
export function LookingOn() {
  const [scope, setScope] = useState<string>();
  useEffect(() => {
    const stale = new AbortController();
    fetch("/api/access", { signal: stale.signal })
      .then(async (reply) => setScope(((await reply.json()) as { readonly scope?: string }).scope))
      .catch(() => undefined);
    return () => stale.abort();
  }, []);
  if (scope !== "read") return null;
  const logOut = () => void fetch("/api/logout", { method: "POST" }).then(() => location.reload());
  return (
    <output className="live__banner" data-testid="looking-on">
      <Eye size={14} aria-hidden />
      <span>You look on: this token may read, and change nothing.</span>
      <button type="button" className="linkish" onClick={logOut}>
        Log out
      </button>
    </output>
  );
}
