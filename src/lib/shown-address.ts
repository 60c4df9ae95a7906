/** An address as others may see it: of a webhook, path and query are what lets one in. */
export function shownAddress(address: string): string {
  const url = URL.parse(address);
  if (url === null) return "…";
  return url.pathname === "/" && url.search === "" && url.username === "" && url.password === "" ? address : `${url.origin}/…`;
}
