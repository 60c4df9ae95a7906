import type { UiScreen } from "../../../src/contract/ui/element.ts";
import { ChartGantt, Coins, Gauge, Inbox, MessagesSquare, Orbit, SquareKanban, type LucideIcon } from "lucide-react";

export interface Screen {
  /** Its name among the controls of the page. */
  readonly name: Exclude<UiScreen, "search">;
  readonly path: "/" | "/inbox" | "/sessions" | "/traces" | "/money" | "/work" | "/system";
  readonly word: string;
  readonly icon: LucideIcon;
  /** Pressed after `g`. */
  readonly key: string;
  /** Has no place of its own in the bar of a phone; "More" leads to it. */
  readonly isWide?: true;
  /** Is part of a recording too. */
  readonly isRecorded?: true;
}

/** The screens there are, in the order of the rail. */
export const screens: readonly Screen[] = [
  { name: "live", path: "/", word: "Live", icon: Orbit, key: "l", isRecorded: true },
  { name: "inbox", path: "/inbox", word: "Inbox", icon: Inbox, key: "i" },
  { name: "session", path: "/sessions", word: "Sessions", icon: MessagesSquare, key: "s", isRecorded: true },
  { name: "traces", path: "/traces", word: "Traces", icon: ChartGantt, key: "t", isWide: true },
  { name: "money", path: "/money", word: "Money", icon: Coins, key: "m" },
  { name: "work", path: "/work", word: "Work", icon: SquareKanban, key: "w", isWide: true },
  { name: "system", path: "/system", word: "System", icon: Gauge, key: "y", isWide: true },
];
