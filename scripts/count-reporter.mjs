// A node:test reporter that writes nothing but the counts of the whole run and what failed in it, as JSON.
export default async function* counts(events) {
  const failures = [];
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.details?.type !== "suite") failures.push(`${data.file ?? "?"}: ${data.name}`);
    if (type === "test:summary" && data.file === undefined) yield JSON.stringify({ ...data.counts, failures });
  }
}
