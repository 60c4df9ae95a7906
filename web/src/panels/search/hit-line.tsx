import { Link } from "@tanstack/react-router";
import { Bot, FileText, MessageSquare, MessagesSquare, SquareTerminal, TriangleAlert, type LucideIcon } from "lucide-react";
import { clip, formatMoment } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { placeOf, type Hit } from "./hits.ts";
import { Marked } from "./marked.tsx";
import { control } from "../../mirror/control.ts";

const kindIcons: Record<Hit["kind"], LucideIcon> = {
  error: TriangleAlert,
  call: SquareTerminal,
  message: MessageSquare,
  file: FileText,
  session: MessagesSquare,
};

/** One thing that was found, as a link to its place. */
export function HitLine({ hit, session, nowMs }: { hit: Hit; session: string; nowMs: number }) {
  const Icon = kindIcons[hit.kind];
  // What was found is often the title itself; said once, it is marked there.
  const isTitle = oneLine(hit.snippet) === oneLine(hit.title);
  return (
    <Link {...control("search.hit", hit.id)} {...placeOf(hit)} className="hit" data-stop data-kind={hit.kind}>
      <Icon size={14} aria-hidden />
      <span className="hit__words">
        <span className="hit__head">
          <b>{isTitle ? <Marked text={hit.snippet} marks={hit.marks} /> : safeText(clip(hit.title, 120))}</b>
          <span className="dim hit__where">
            {hit.agent_id !== undefined && hit.agent_id !== "agt_main" && <Bot size={12} aria-label="a sub-agent" />}
            {hit.kind === "session" ? "" : clip(session, 60)}
          </span>
          <span className="num dim" title={hit.at}>
            {formatMoment(Date.parse(hit.at), nowMs)}
          </span>
        </span>
        {hit.snippet !== "" && !isTitle && (
          <span className="hit__snippet">
            <Marked text={hit.snippet} marks={hit.marks} />
          </span>
        )}
      </span>
    </Link>
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
