import type { DatabaseSync } from "node:sqlite";

/** Numbers for repeated words, and words for numbers. What a failed transaction invented is forgotten with `forget`. */
export interface Words {
  number(word: string): number;
  /** The number of a word that is already stored. */
  find(word: string): number | undefined;
  word(number: number): string;
  /** Marks what was invented since the last mark as stored. */
  keep(): void;
  forget(): void;
}

const CACHE = 50_000;

export function createWords(db: DatabaseSync): Words {
  const select = db.prepare("SELECT no FROM words WHERE word = ?");
  const selectWord = db.prepare("SELECT word FROM words WHERE no = ?");
  const insert = db.prepare("INSERT INTO words (word) VALUES (?) RETURNING no");
  const numbers = new Map<string, number>();
  const words = new Map<number, string>();
  let fresh: string[] = [];

  function remember(word: string, number: number): number {
    if (numbers.size >= CACHE) {
      numbers.clear();
      words.clear();
    }
    numbers.set(word, number);
    words.set(number, word);
    return number;
  }

  function find(word: string): number | undefined {
    const held = numbers.get(word);
    if (held !== undefined) return held;
    const row = select.get(word) as { no: number } | undefined;
    return row === undefined ? undefined : remember(word, row.no);
  }

  return {
    find,
    number(word) {
      const found = find(word);
      if (found !== undefined) return found;
      fresh.push(word);
      return remember(word, (insert.get(word) as { no: number }).no);
    },
    word(number) {
      const held = words.get(number);
      if (held !== undefined) return held;
      const { word } = selectWord.get(number) as { word: string };
      remember(word, number);
      return word;
    },
    keep() {
      fresh = [];
    },
    forget() {
      for (const word of fresh) {
        words.delete(numbers.get(word)!);
        numbers.delete(word);
      }
      fresh = [];
    },
  };
}
