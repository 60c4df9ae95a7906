import type { SeenFile } from "./files/tree.ts";

/** Whoever has files read once, instead of followed, is told of each that is still to be read, where reading it begins, and how far it comes. */
export interface OnceTold {
  found(file: SeenFile, fromBytes: number): void;
  reached(path: string, bytes: number): void;
}
