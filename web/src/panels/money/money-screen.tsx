import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useMemo } from "react";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { useSelected } from "../../app/app-context.ts";
import { spans, usageGroups, type MoneySearch } from "../../app/search.ts";
import { tokenSum } from "../../app/selectors.ts";
import type { Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { formatCount, formatPercent, formatUsd, formatUsdAxis, whole, wholeUsd } from "../../ui/format.ts";
import { cacheText, cacheTitle, costText, costTitle } from "../../ui/money-text.ts";
import { Bone, FirstRun, Notice, Problem } from "../../ui/states.tsx";
import "../../ui/page.css";
import { Budgets } from "./budgets.tsx";
import { CacheDrops } from "./cache-drops.tsx";
import { Chart, type Series } from "./chart.tsx";
import { daysBetween, firstOf } from "./days.ts";
import { PlanLimits } from "./plan-limits.tsx";
import { UsageTable } from "./usage-table.tsx";
import "./money.css";
import { control } from "../../mirror/control.ts";

type Usage = OutputFor<"usage.get">;

const EVERY_MS = 15_000;
const dayOf = ({ clockMs, past }: Snapshot) => new Date(past?.atMs ?? clockMs).toISOString().slice(0, 10);
const isPastOf = ({ past }: Snapshot) => past !== undefined;

/** What was spent, on what, how well the cache served, and what it may cost. */
export function MoneyScreen() {
  const search = useSearch({ from: "/money" });
  const { by = "model", days = "30", project } = search;
  const navigate = useNavigate({ from: "/money" });
  const today = useSelected(dayOf);
  const isPast = useSelected(isPastOf);
  const narrowed = {
    ...(project === undefined ? {} : { project }),
    ...(days === "all" ? {} : { since: firstOf(Number(days), today) }),
    ...(days === "all" && !isPast ? {} : { until: today }),
  };
  const byDay = useAnswer("usage.get", { group_by: "day", ...narrowed }, { everyMs: EVERY_MS });
  const rows = useAnswer("usage.get", { group_by: by, ...narrowed }, { everyMs: EVERY_MS });
  const cache = useAnswer("cache.get", narrowed, { everyMs: EVERY_MS });
  const projects = useAnswer("usage.get", { group_by: "project" });
  const go = (patch: Partial<Record<keyof MoneySearch, string | undefined>>) =>
    void navigate({ search: (old) => ({ ...old, ...patch }) as MoneySearch, replace: true });

  const body = () => {
    const { value, problem, retry } = byDay;
    if (value === undefined && problem !== undefined) return <Problem what="What was spent cannot be told" why={problem} onRetry={retry} />;
    if (value === undefined || rows.value === undefined) return <MoneySkeleton />;
    const isEmpty = value.items.length === 0;
    if (isEmpty && projects.value?.items.length === 0) return <FirstRun />;
    if (isEmpty)
      return (
        <Notice title="Nothing was spent here">
          <p className="notice__text">
            No request is known {days === "all" ? "" : `of the last ${days} days`}
            {project === undefined ? "" : ` in the project “${project}”`}.
          </p>
          <button {...control("money.all")} type="button" className="button" onClick={() => go({ days: "all", project: undefined })}>
            Clear the filter
          </button>
        </Notice>
      );
    return (
      <>
        <Sums usage={value} lost={cache.value} />
        <Charts usage={value} cache={cache.value} first={narrowed.since} today={today} />
        <section className="section" aria-labelledby="by">
          <div className="section__head">
            <h2 className="section__title" id="by">
              By
            </h2>
            <fieldset className="chips">
              <legend className="unseen">Sum by</legend>
              {usageGroups.map((group) => (
                <button
                  {...control("money.by", group)}
                  key={group}
                  type="button"
                  className="button"
                  aria-pressed={by === group}
                  onClick={() => go({ by: group })}
                >
                  {group === "app" ? "program" : group}
                </button>
              ))}
            </fieldset>
            <a
              {...control("money.csv")}
              className="button section__tools"
              href={`/api/usage.csv?${new URLSearchParams({ group_by: by, ...narrowed })}`}
              download={`orrery-usage-by-${by}.csv`}
            >
              <Download size={14} aria-hidden />
              CSV
            </a>
          </div>
          <UsageTable items={rows.value.items} by={by} isStale={rows.isLoading} />
        </section>
        <CacheDrops history={cache.value} problem={cache.problem} onRetry={cache.retry} />
      </>
    );
  };

  return (
    <div className="page" data-testid="money">
      <div className="page__inner page__inner--wide">
        <div className="page__head">
          <h1 className="page__title">Money</h1>
          <fieldset className="chips">
            <legend className="unseen">Time</legend>
            {spans.map((span) => (
              <button
                {...control("money.days", span)}
                key={span}
                type="button"
                className="button"
                aria-pressed={days === span}
                onClick={() => go({ days: span })}
              >
                {span === "all" ? "All" : `${span} days`}
              </button>
            ))}
          </fieldset>
          <select
            {...control("live.project")}
            className="filter"
            aria-label="Project"
            value={project ?? ""}
            onChange={(event) => go({ project: event.target.value === "" ? undefined : event.target.value })}
          >
            <option value="">All projects</option>
            {[...new Set([...(projects.value?.items.map(({ key }) => key) ?? []), ...(project === undefined ? [] : [project])])].map(
              (key) => (
                <option key={key} value={key}>
                  {key}
                </option>
              ),
            )}
          </select>
        </div>
        {isPast && (
          <p className="section__note" data-testid="money-past">
            Up to the end of {today} (UTC), the day of the moment on the strip: money is summed by whole days.
          </p>
        )}
        {body()}
        <Budgets />
        <PlanLimits />
      </div>
    </div>
  );
}

function Sums({ usage, lost }: { usage: Usage; lost: OutputFor<"cache.get"> | undefined }) {
  const total = usage.total!;
  const { cost, cache, tokens, requests } = total;
  const paidAgain = lost?.reasons.reduce((sum, { cost_usd_micros }) => sum + (cost_usd_micros ?? 0), 0);
  return (
    <dl className="figures money__sums">
      <Sum word="Spent" value={costText(cost)} more={cost.source} full={costTitle(cost)} name="spent" />
      <Sum
        word="Computed"
        value={formatUsd(cost.computed_usd_micros)}
        more={
          cost.unknown_requests > 0 ? `${whole(cost.unknown_requests)} of ${whole(requests)} have no price` : "every request has a price"
        }
        full={cost.price_version === undefined ? "No price is known" : `Price table ${cost.price_version}`}
      />
      <Sum
        word="Reported"
        value={formatUsd(cost.reported_usd_micros)}
        more={
          cost.difference_usd_micros === undefined
            ? cost.reported_usd_micros === undefined
              ? "no program told a figure"
              : "for a part of it"
            : `${cost.difference_usd_micros >= 0 ? "+" : ""}${formatUsd(cost.difference_usd_micros)} to computed`
        }
        full={cost.reported_usd_micros === undefined ? "Agent programs told no cost" : wholeUsd(cost.reported_usd_micros)}
      />
      <Sum word="Tokens" value={formatCount(tokenSum(tokens))} more={`in ${whole(requests)} requests`} full={whole(tokenSum(tokens))} />
      <Sum
        word="Cache hits"
        value={cacheText(cache)}
        more={paidAgain === undefined ? "of the prompts" : paidAgain === 0 ? "no drop" : `≈ ${formatUsd(paidAgain)} paid again`}
        full={cacheTitle(cache)}
      />
    </dl>
  );
}

function Sum({ word, value, more, full, name }: { word: string; value: string; more: string; full: string; name?: string }) {
  return (
    <div className="figure" title={full} data-testid={name === undefined ? undefined : `money-${name}`}>
      <dt>{word}</dt>
      <dd>
        {value}
        <small>{more}</small>
      </dd>
    </div>
  );
}

const buckets = [
  { word: "cache read", colour: "--family-sonnet", of: ["cache_read"] },
  { word: "cache write", colour: "--brass", of: ["cache_write_5m", "cache_write_1h"] },
  { word: "input", colour: "--family-haiku", of: ["input"] },
  { word: "output", colour: "--family-hue-1", of: ["output"] },
] as const;
const percent = (value: number) => formatPercent(value, 1);

function Charts({
  usage,
  cache,
  first,
  today,
}: {
  usage: Usage;
  cache: OutputFor<"cache.get"> | undefined;
  first: string | undefined;
  today: string;
}) {
  const { items } = usage;
  const days = useMemo(() => daysBetween(first ?? items[0]!.key, today), [first, items, today]);
  const spend = useMemo((): Series[] => {
    const rows = new Map(items.map((row) => [row.key, row.by_bucket]));
    return buckets.map(({ word, colour, of }) => ({
      word,
      colour,
      values: days.map((day) => of.reduce((sum, bucket) => sum + (rows.get(day)?.[bucket] ?? 0), 0)),
    }));
  }, [items, days]);
  const hits = useMemo((): Series[] => {
    const rates = new Map(cache?.days.map((row) => [row.day, row.cache.hit_rate]));
    return [{ word: "cache hits", colour: "--family-sonnet", values: days.map((day) => rates.get(day)) }];
  }, [cache, days]);
  return (
    <div className="charts">
      <Chart
        label="Computed cost by day and token bucket"
        days={days}
        series={spend}
        kind="bars"
        format={formatUsd}
        formatAxis={formatUsdAxis}
      />
      <Chart label="Cache hits by day" days={days} series={hits} kind="line" format={percent} most={1} />
    </div>
  );
}

function MoneySkeleton() {
  return (
    <div aria-busy="true">
      <span className="unseen">Loading</span>
      <div className="figures">
        {["a", "b", "c", "d", "e"].map((key) => (
          <div key={key} style={{ display: "grid", gap: 8 }}>
            <Bone width="50%" />
            <Bone width="80%" height={22} />
          </div>
        ))}
      </div>
      <div style={{ marginTop: 28 }}>
        <Bone width="100%" height={190} />
      </div>
    </div>
  );
}
