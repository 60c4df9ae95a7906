import { randomBytes } from "node:crypto";

/** A fresh random id with a readable prefix: `randomId("tok")` gives `tok_` and 20 characters of base 36. Node only. */
export function randomId(prefix: string): string {
  const words = randomBytes(16);
  return `${prefix}_${BigInt(`0x${words.toString("hex")}`)
    .toString(36)
    .padStart(25, "0")
    .slice(-20)}`;
}

/** A word that cannot be guessed: 256 random bits as base64url. Node only. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}
