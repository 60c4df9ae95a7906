import { Check, Copy } from "lucide-react";
import { useState, type ReactNode } from "react";
import "./states.css";
import { control } from "../mirror/control.ts";

/** A screen with nothing to draw: what it would show, why it does not, what to do. */
export function Notice({ title, children, testId }: { title: string; children?: ReactNode; testId?: string }) {
  return (
    <div className="notice" data-testid={testId}>
      <h2 className="notice__title">{title}</h2>
      {children}
    </div>
  );
}

export function FirstRun() {
  return (
    <Notice title="No agent has been seen yet" testId="first-run">
      <p className="notice__text">
        Orrery shows coding agents while they work. Connect one — codex, gemini and opencode go the same way — or watch a recorded session.
        What to do is shown before it is done, and <code>orrery disconnect</code> undoes it.
      </p>
      <div className="commands">
        <Command line="orrery connect claude" />
        <Command line="orrery demo --speed 0.1" />
      </div>
    </Notice>
  );
}

export function Problem({ what, why, onRetry }: { what: string; why: string; onRetry?: () => void }) {
  return (
    <div className="notice" role="alert">
      <h2 className="notice__title">{what}</h2>
      <p className="notice__text">{why}</p>
      {onRetry !== undefined && (
        <button {...control("view.retry")} type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Command({ line }: { line: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(line).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className="command">
      <code>{line}</code>
      <button
        {...control("view.copy")}
        type="button"
        className="button button--icon"
        onClick={copy}
        aria-label={isCopied ? "Copied" : `Copy ${line}`}
      >
        {isCopied ? <Check size={14} /> : <Copy size={14} />}
      </button>
    </div>
  );
}

export function Bone({ width, height = 12 }: { width: number | string; height?: number }) {
  return <div className="bone" style={{ width, height }} aria-hidden />;
}
