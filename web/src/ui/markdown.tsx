import { Fragment, memo, useMemo, type ReactNode } from "react";
import type { Tokens } from "marked";
import { Code } from "./code.tsx";
import { markdownTokens, safeHref, type Token } from "./markdown-tokens.ts";
import { safeText } from "./safe-text.ts";
import "./markdown.css";
import { control } from "../mirror/control.ts";

/** Markdown of an agent as elements of ours: its HTML is shown as text, its images are named and never fetched. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => markdownTokens(safeText(text)), [text]);
  return <div className="markdown">{blocks(tokens)}</div>;
});

function blocks(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{block(token)}</Fragment>);
}

function block(token: Token): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      const Tag = depth === 1 ? "h2" : depth === 2 ? "h3" : "h4";
      return <Tag>{inlines(tokens)}</Tag>;
    }
    case "paragraph":
      return <p>{inlines((token as Tokens.Paragraph).tokens)}</p>;
    case "code":
      return <Code text={(token as Tokens.Code).text} language={(token as Tokens.Code).lang} />;
    case "blockquote":
      return <blockquote>{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "hr":
      return <hr />;
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      const entries = items.map((item, index) => (
        <li key={index}>
          {item.task && (
            <input type="checkbox" checked={item.checked ?? false} readOnly disabled aria-label={item.checked ? "done" : "open"} />
          )}{" "}
          {blocks(item.tokens)}
        </li>
      ));
      return ordered ? <ol start={start === "" ? 1 : start}>{entries}</ol> : <ul>{entries}</ul>;
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return (
        <table>
          <thead>
            <tr>
              {header.map((cell, index) => (
                <th key={index}>{inlines(cell.tokens)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, at) => (
                  <td key={at}>{inlines(cell.tokens)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    }
    case "html":
      return <p className="prose">{token.raw}</p>;
    default:
      return inline(token);
  }
}

function inlines(tokens: readonly Token[] | undefined): ReactNode {
  return tokens?.map((token, index) => <Fragment key={index}>{inline(token)}</Fragment>);
}

function inline(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inlines((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{inlines((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{inlines((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const { href, tokens } = token as Tokens.Link;
      const safe = safeHref(href);
      return safe === undefined ? (
        <span title={href}>{inlines(tokens)}</span>
      ) : (
        <a {...control("view.link")} href={safe} target="_blank" rel="noopener noreferrer nofollow" title={safe}>
          {inlines(tokens)}
        </a>
      );
    }
    case "image":
      return <span className="markdown__image">image: {(token as Tokens.Image).text || (token as Tokens.Image).href}</span>;
    case "text":
    case "escape": {
      const { tokens, text } = token as Tokens.Text;
      return tokens === undefined ? text : inlines(tokens);
    }
    default:
      return token.raw;
  }
}
