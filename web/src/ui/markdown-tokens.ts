import { lexer, type Token, type TokensList } from "marked";

/** Reads markdown into tokens. Raw HTML stays a token of text: nothing here ever becomes an element by itself. */
export function markdownTokens(text: string): TokensList {
  return lexer(text, { gfm: true, breaks: true });
}

/** Where a link may lead: web and mail addresses, and places on the same page. Everything else is shown as words. */
export function safeHref(href: string): string | undefined {
  const clean = href.trim();
  return /^(?:https?:\/\/|mailto:)/i.test(clean) ? clean : undefined;
}

export type { Token };
