import { Link } from "@tanstack/react-router";
import { ChartGantt, MessagesSquare, Orbit, X } from "lucide-react";
import type { ReactNode } from "react";
import { control } from "../../mirror/control.ts";
import { Bone } from "../../ui/states.tsx";
import type { Go } from "./traces.tsx";

export function Close({ go }: { go: Go }) {
  return (
    <button
      {...control("traces.close")}
      type="button"
      className="button button--icon"
      title="Close (Escape)"
      aria-label="Close panel"
      onClick={() => go({ open: undefined })}
    >
      <X size={15} />
    </button>
  );
}

/** Where else the thing that a panel shows can be seen. */
export function PanelLinks(props: {
  session: string;
  /** Whose it is, once that is known. */
  agent: string | undefined;
  /** The call that the session shows, or what its address has behind the `#`. */
  place: { readonly call?: string; readonly hash?: string };
  go: Go;
}) {
  const { session, agent, place, go } = props;
  return (
    <div className="trace-panel__links">
      <Link
        {...control("traces.in_session")}
        to="/sessions/$sessionId"
        params={{ sessionId: session }}
        search={place.call === undefined ? {} : { call: place.call }}
        hash={place.hash ?? ""}
        className="button"
        title="Where it stands in the conversation"
      >
        <MessagesSquare size={14} aria-hidden />
        In the session
      </Link>
      {agent !== undefined && (
        <Link
          {...control("traces.in_live")}
          to="/"
          search={{ session, agent: `${session} ${agent}` }}
          className="button"
          title="Its agent in the graph"
        >
          <Orbit size={14} aria-hidden />
          In the graph
        </Link>
      )}
      <button
        {...control("traces.waterfall")}
        type="button"
        className="button"
        onClick={() => go({ session, table: undefined, by: undefined }, false)}
      >
        <ChartGantt size={14} aria-hidden />
        Waterfall
      </button>
    </div>
  );
}

export function PanelBones() {
  return (
    <div className="inspector__part" aria-busy="true">
      <span className="unseen">Loading</span>
      <Bone width="80%" />
      <Bone width="60%" />
    </div>
  );
}

/** One line of a list of facts. */
export function Fact({ word, title, children }: { word: string; title?: string | undefined; children: ReactNode }) {
  return (
    <div className="value">
      <dt>{word}</dt>
      <dd className="num" title={title}>
        {children}
      </dd>
    </div>
  );
}
