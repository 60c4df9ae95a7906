import { Eye } from "lucide-react";
import { useAccess } from "./access.ts";
import { control } from "../mirror/control.ts";

/** In the top bar while the page came in with a token that may only look on. */
export function LookingOn() {
  const { scope, name } = useAccess();
  if (scope !== "read") return null;
  const logOut = () => void fetch("/api/logout", { method: "POST" }).then(() => location.reload());
  return (
    <span className="looking-on" title={`The token ${name ?? ""} may read, and change nothing`} data-testid="looking-on">
      <Eye size={14} aria-hidden />
      <span>You look on</span>
      <button {...control("login.out")} type="button" className="linkish" onClick={logOut}>
        Log out
      </button>
    </span>
  );
}
