/** The days from the first to the last, without a gap: a day on which nothing was asked is a day as well. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let ms = Date.parse(`${first}T00:00:00Z`); ms <= Date.parse(`${last}T00:00:00Z`) && days.length < MOST_DAYS; ms += DAY_MS)
    days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}

/** The first of the last `count` days, `today` counted. */
export function firstOf(count: number, today: string): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) - (count - 1) * DAY_MS).toISOString().slice(0, 10);
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 1_000;
