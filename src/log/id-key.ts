/** Where an event id stands in the index of ids: near the ids of the same session, and apart from every other id. */
export interface IdKey {
  /** 31 bits of what lies between the first two colons: in our ids, the session. */
  readonly place: number;
  /** 48 bits of the whole id. Two ids may share both; whoever finds one compares the ids themselves. */
  readonly print: number;
}

/**
 * An index on the ids themselves is as large as a tenth of the log, and each commit touches a page of it per family and session. With this
 * key it is a quarter of that, and a commit touches a page or two per session.
 */
export function idKey(id: string): IdKey {
  const first = id.indexOf(":");
  const second = first === -1 ? -1 : id.indexOf(":", first + 1);
  let place = 0x811c9dc5;
  for (let i = first + 1; i < second; i++) place = Math.imul(place ^ id.charCodeAt(i), 0x01000193);
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return { place: second === -1 ? 0 : place >>> 1, print: (a & 0xffff) * 4_294_967_296 + (b >>> 0) };
}
