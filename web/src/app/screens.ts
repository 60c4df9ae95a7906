import { MessagesSquare, Orbit, type LucideIcon } from "lucide-react";

export interface Screen {
  readonly path: "/" | "/sessions";
  readonly word: string;
  readonly icon: LucideIcon;
  /** Pressed after `g`. */
  readonly key: string;
}

/** The screens there are, in the order of the rail. */
export const screens: readonly Screen[] = [
  { path: "/", word: "Live", icon: Orbit, key: "l" },
  { path: "/sessions", word: "Sessions", icon: MessagesSquare, key: "s" },
];
