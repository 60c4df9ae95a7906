// A node:test reporter that writes nothing but the counts of the whole run, what failed in it and what was skipped, as JSON.
export default async function* counts(events) {
  const failures = [];
  const skips = [];
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.details?.type !== "suite") failures.push(`${data.file ?? "?"}: ${data.name}`);
    if (type === "test:pass" && data.skip !== undefined)
      skips.push(`${data.file ?? "?"}: ${data.name} (${data.skip === true ? "no reason given" : data.skip})`);
    if (type === "test:summary" && data.file === undefined) yield JSON.stringify({ ...data.counts, failures, skips });
  }
}
