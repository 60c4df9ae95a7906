import { useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";

const isPastOf = ({ past }: Snapshot): boolean => past !== undefined;

/** Beside what knows no past, while a past moment is shown. */
export function NowNote({ what }: { what: string }) {
  const isPast = useSelected(isPastOf);
  if (!isPast) return null;
  return (
    <p className="section__note" data-testid="now-note">
      {what} of now, not of the moment on the strip.
    </p>
  );
}
