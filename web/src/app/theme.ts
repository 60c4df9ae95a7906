import { useSyncExternalStore } from "react";

export const themes = ["system", "dark", "light"] as const;
export type Theme = (typeof themes)[number];

const KEY = "orrery.theme";
const listeners = new Set<() => void>();
const prefersLight = matchMedia("(prefers-color-scheme: light)");

export function currentTheme(): Theme {
  const stored = read();
  return themes.find((theme) => theme === stored) ?? "system";
}

export function setTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be off; the theme then lasts as long as the page.
  }
  apply(theme);
}

/** Puts the chosen theme on the page and keeps it there when the system changes. */
export function startTheme(): void {
  prefersLight.addEventListener("change", () => apply(currentTheme()));
  apply(currentTheme());
}

export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(onTheme, currentTheme);
}

function apply(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme === "system" ? (prefersLight.matches ? "light" : "dark") : theme;
  for (const listener of listeners) listener();
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
