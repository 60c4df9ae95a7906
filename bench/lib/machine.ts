import { loadavg } from "node:os";

/** How busy the machine was when a bench began: other work on the same cores shows in every absolute number. */
const loadAtStart = Math.round(loadavg()[0]! * 100) / 100;

export function machineNotes(): { readonly load: number } {
  return { load: loadAtStart };
}
