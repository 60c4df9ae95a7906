import { formatCount, formatPercent, whole } from "../../ui/format.ts";
import type { Counters } from "../../app/selectors.ts";

export function CounterRow({ counters }: { counters: Counters }) {
  const { alive, running, calls, tokens, cacheRead, input } = counters;
  return (
    <div className="counters">
      <Counter name="alive" word={alive === 1 ? "agent alive" : "agents alive"} value={formatCount(alive)} full={whole(alive)} />
      <Counter name="running" word="calls running" value={formatCount(running)} full={whole(running)} />
      <Counter name="calls" word="calls" value={formatCount(calls)} full={whole(calls)} />
      <Counter
        name="tokens"
        word="tokens"
        value={formatCount(tokens)}
        full={tokens === undefined ? "No source has told the tokens" : whole(tokens)}
      />
      <Counter
        name="cache"
        word="cache hits"
        value={formatPercent(cacheRead, input)}
        full={
          tokens === undefined
            ? "No source has told the tokens"
            : `${whole(cacheRead)} of ${whole(input)} input tokens were read from the cache`
        }
      />
    </div>
  );
}

function Counter({ name, word, value, full }: { name: string; word: string; value: string; full: string }) {
  return (
    <div className="counter" title={full}>
      <div className="counter__value" data-testid={`counter-${name}`}>
        {value}
      </div>
      <div className="counter__word">{word}</div>
    </div>
  );
}
