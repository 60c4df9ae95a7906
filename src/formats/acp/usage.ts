import type { PromptUsage } from "../../contract/events/turn.ts";
import { count, fields, list, str, type Fields } from "../fields.ts";

/** What a prompt's answer says it cost: `usage` of the main thread, `usage_by_model` with every subagent, where the agent tells them. */
export function usageOf(result: Fields): { usage?: PromptUsage; usage_by_model?: (PromptUsage & { model?: string })[] } {
  const quota = fields(fields(result["_meta"])?.["quota"]);
  const usage = bucketsOf(fields(result["usage"])) ?? bucketsOf(fields(quota?.["token_count"]));
  const byModel = list(quota?.["model_usage"]).flatMap((each) => {
    const buckets = bucketsOf(fields(fields(each)?.["token_count"]));
    const model = str(fields(each)?.["model"]);
    return buckets === undefined ? [] : [{ ...(model === undefined ? {} : { model }), ...buckets }];
  });
  return { ...(usage === undefined ? {} : { usage }), ...(byModel.length === 0 ? {} : { usage_by_model: byModel }) };
}

export function bucketsOf(told: Fields | undefined): PromptUsage | undefined {
  if (told === undefined) return undefined;
  const all = {
    input: count(told["inputTokens"]),
    prompt: count(told["input_tokens"]),
    cache_read: count(told["cachedReadTokens"]) ?? count(told["cachedInputTokens"]),
    cache_write_5m: count(told["cachedWriteTokens"]) ?? count(told["cacheWriteInputTokens"]),
    output: count(told["outputTokens"]) ?? count(told["output_tokens"]),
    reasoning: count(told["thoughtTokens"]) ?? count(told["reasoningOutputTokens"]),
  };
  const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return Object.keys(known).length === 0 ? undefined : known;
}
