import { Lock } from "lucide-react";
import { useId, type ReactNode } from "react";
import type { OperationName } from "../../../src/contract/operations/index.ts";
import { useWhyNot } from "./access.ts";
import "./allowed.css";

/**
 * Controls that call an operation: off while the page's token may not call it, with the reason in words before them. With `isTold` the words stand
 * near by already, for other controls of the same kind, and are only a tooltip.
 */
export function Allowed({ to, isTold = false, children }: { to: OperationName; isTold?: boolean; children: ReactNode }) {
  const whyNot = useWhyNot(to);
  const id = useId();
  return (
    <fieldset
      className="allowed"
      disabled={whyNot !== undefined}
      title={whyNot}
      aria-describedby={whyNot === undefined || isTold ? undefined : id}
    >
      {!isTold && <WhyNot to={to} id={id} />}
      {children}
    </fieldset>
  );
}

/** Why controls of an operation are off, where they are. */
export function WhyNot({ to, id }: { to: OperationName; id?: string }) {
  const whyNot = useWhyNot(to);
  if (whyNot === undefined) return null;
  return (
    <p className="allowed__why" id={id} data-testid="why-not">
      <Lock size={13} aria-hidden /> {whyNot}
    </p>
  );
}
