// Writes src/money/price-table.ts anew from the prices that the genai-prices package carries. Run by hand after raising its version; the
// package is needed for nothing else.
import { readFileSync, writeFileSync } from "node:fs";
import { findProvider } from "@pydantic/genai-prices";
import { Published, providers, rowsOf } from "../src/money/published.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const version = manifest.devDependencies["@pydantic/genai-prices"];
const published = Published.parse(JSON.parse(JSON.stringify(providers.map((providerId) => findProvider({ providerId })))));

const rate = ({ input, output, cache_read, cache_write_5m, cache_write_1h }) =>
  [input, output, cache_read, cache_write_5m, cache_write_1h].join(" ");
const lines = rowsOf(published).map(({ model, from = "", rates, steps, context_window = "", match }) =>
  [model, from, [rate(rates), ...steps.map((step) => `>${step.above} ${rate(step.rates)}`)].join(" "), context_window, match].join("\t"),
);

const text = `// Made by scripts/make-price-table.mjs from @pydantic/genai-prices ${version} (MIT, Copyright (c) Pydantic Services Inc. 2025 to present). Do not edit.

export const tableVersion = "genai-prices-${version}";

/**
 * A line per model and date: name, first day, rates in US dollars per million tokens (input, output, cache read, five-minute write, one-hour
 * write; then the same for prompts above a size), context window, and the pattern of the names that it holds for.
 */
export const tableText = String.raw\`${lines.join("\n")}\`;
`;
if (/`|\$\{/.test(lines.join(""))) throw new Error("a pattern would end the text");
writeFileSync(new URL("../src/money/price-table.ts", import.meta.url), text);
process.stdout.write(`${lines.length} prices\n`);
