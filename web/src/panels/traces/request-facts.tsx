import type { RequestRow } from "../../../../src/contract/operations/requests.ts";
import { control } from "../../mirror/control.ts";
import { clip, formatClock, formatDuration, UNKNOWN, whole } from "../../ui/format.ts";
import { CacheHit, Money } from "../../ui/money.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Fact } from "./panel-parts.tsx";
import type { Go } from "./traces.tsx";

const tokenWords = {
  input: "Input",
  cache_read: "Read from cache",
  cache_write_5m: "Cached for 5 min",
  cache_write_1h: "Cached for 1 h",
  output: "Output",
  reasoning: "of it thinking",
} as const;

/** What is told of one model request: its tokens by bucket, what it cost and by whose figure, and when. */
export function RequestFacts({ request, go }: { request: RequestRow; go: Go }) {
  const { usage, turn_id, session_id } = request;
  const told = (Object.keys(tokenWords) as (keyof typeof tokenWords)[]).filter((bucket) => usage?.[bucket] !== undefined);
  return (
    <div className="inspector__part" data-testid="request-facts">
      <dl>
        {told.map((bucket) => (
          <Fact key={bucket} word={tokenWords[bucket]}>
            {whole(usage![bucket]!)}
          </Fact>
        ))}
        {told.length === 0 && <Fact word="Tokens">{UNKNOWN}</Fact>}
        <div className="value">
          <dt>Cost{request.cost.usd_micros === undefined ? "" : `, ${request.cost.source}`}</dt>
          <dd>
            <Money cost={request.cost} />
          </dd>
        </div>
        <div className="value">
          <dt>Cache hit</dt>
          <dd>
            <CacheHit cache={request.cache} />
          </dd>
        </div>
        <Fact word="Answered" title={request.at}>
          {formatClock(Date.parse(request.at), true)}
        </Fact>
        <Fact word="Took" title={request.duration_ms === undefined ? "No source has told it" : `${whole(request.duration_ms)} ms`}>
          {formatDuration(request.duration_ms)}
        </Fact>
        {request.ttft_ms !== undefined && (
          <Fact word="First token after" title={`${whole(request.ttft_ms)} ms`}>
            {formatDuration(request.ttft_ms)}
          </Fact>
        )}
        {request.stop_reason !== undefined && <Fact word="Stopped by">{safeText(request.stop_reason)}</Fact>}
        {request.purpose !== undefined && <Fact word="Made for">{safeText(request.purpose)}</Fact>}
        <div className="value">
          <dt>Turn</dt>
          <dd>
            {turn_id === undefined ? (
              UNKNOWN
            ) : (
              <button
                {...control("traces.narrow", turn_id)}
                type="button"
                className="linkish mono"
                title="All requests of this turn"
                onClick={() => go({ kind: "requests", session: session_id, turn: turn_id }, false)}
              >
                {clip(turn_id, 24)}
              </button>
            )}
          </dd>
        </div>
      </dl>
    </div>
  );
}
