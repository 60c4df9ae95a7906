import { ChartGantt, Coins, Gauge, Inbox, MessagesSquare, Orbit, SquareKanban, type LucideIcon } from "lucide-react";

export interface Screen {
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
  { path: "/", word: "Live", icon: Orbit, key: "l", isRecorded: true },
  { path: "/inbox", word: "Inbox", icon: Inbox, key: "i" },
  { path: "/sessions", word: "Sessions", icon: MessagesSquare, key: "s", isRecorded: true },
  { path: "/traces", word: "Traces", icon: ChartGantt, key: "t", isWide: true },
  { path: "/money", word: "Money", icon: Coins, key: "m" },
  { path: "/work", word: "Work", icon: SquareKanban, key: "w", isWide: true },
  { path: "/system", word: "System", icon: Gauge, key: "y", isWide: true },
];
