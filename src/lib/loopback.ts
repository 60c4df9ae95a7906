/** Names under which only this machine reaches itself, as they stand in a `Host` header. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i.test(host);
}

/** The port of an `Origin` on this machine: 0 where it names none; undefined for any other origin. */
export function loopbackOriginPort(origin: string): number | undefined {
  const match = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/i.exec(origin);
  return match === null ? undefined : Number(match[1] ?? 0);
}

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip"];

/** Whether a request says that a proxy or tunnel passed it on: who sent it may be anywhere, though its socket comes from this machine. */
export function isForwarded(headers: Readonly<Record<string, unknown>>): boolean {
  return proxyHeaders.some((name) => headers[name] !== undefined);
}

/** The origins of a list with commas, in lower case. */
export function originsIn(list: string): ReadonlySet<string> {
  return new Set(
    list
      .split(",")
      .map((origin) => origin.trim().toLowerCase())
      .filter((origin) => origin !== ""),
  );
}

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|::1|\[::1\])$/i.test(host);
}
