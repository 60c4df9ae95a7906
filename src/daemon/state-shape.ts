import type { EventLog } from "../log/log.ts";

/** Raised with every change of what a folded session holds that an older checkpoint cannot be read as. */
const STATE_SHAPE = "6";
const SHAPE = "projector.shape";
const FOLDED_TO = "projector.folded_to";

/** Checkpoints hold folded state: those of another shape are dropped, and the next start of the projector folds the log anew. */
export function dropOtherShapes(log: Pick<EventLog, "notes" | "checkpoints">): boolean {
  if (log.notes.get(SHAPE) === STATE_SHAPE) return false;
  log.checkpoints.clear();
  log.notes.set(FOLDED_TO, "0");
  log.notes.set(SHAPE, STATE_SHAPE);
  return true;
}
