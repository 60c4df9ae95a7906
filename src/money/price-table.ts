// Made by scripts/make-price-table.mjs from @pydantic/genai-prices 0.1.8 (MIT, Copyright (c) Pydantic Services Inc. 2025 to present). Do not edit.

export const tableVersion = "genai-prices-0.1.8";

/**
 * A line per model and date: name, first day, rates in US dollars per million tokens (input, output, cache read, five-minute write, one-hour
 * write; then the same for prompts above a size), context window, and the pattern of the names that it holds for.
 */
export const tableText = String.raw`claude-2		8 24 8 8 8	200000	^claude-2|claude-v2
claude-3-5-haiku-latest		0.8 4 0.08 1 1.6	200000	^claude-3-5-haiku|^claude-3\.5-haiku
claude-3-5-sonnet		3 15 0.3 3.75 6	200000	^claude-3-5-sonnet|^claude-3\.5-sonnet
claude-3-7-sonnet-latest		3 15 0.3 3.75 6	200000	^claude-3-7-sonnet|^claude-3\.7-sonnet|^claude-sonnet-3\.7|^claude-sonnet-3-7
claude-3-haiku		0.25 1.25 0.03 0.3 0.5	200000	^claude-3-haiku
claude-3-opus-latest		15 75 1.5 18.75 30	200000	^claude-3-opus
claude-3-sonnet		3 15 0.3 3.75 6	200000	^claude-3-sonnet
claude-fable-5		10 50 1 12.5 20	1000000	^claude-fable-5$|^claude-fable-5-\d{8}$
claude-fable-5-1		10 50 0.25 12.5 20	1000000	^claude-fable-5-1$|^claude-fable-5-1-\d{8}$
claude-haiku-4-5		1 5 0.1 1.25 2	200000	^claude-haiku-4-5|^claude-haiku-4\.5|^claude-4-5-haiku|^claude-4\.5-haiku
claude-opus-4-0		15 75 1.5 18.75 30	200000	^claude-opus-4-0|^claude-4-opus|^claude-opus-4$|^claude-opus-4-20250514$
claude-opus-4-1		15 75 1.5 18.75 30	200000	^claude-opus-4-1|^claude-opus-4\.1
claude-opus-4-5		5 25 0.5 6.25 10	200000	^claude-opus-4-5|^claude-opus-4\.5|^claude-4-5-opus|^claude-4\.5-opus
claude-opus-4-6		5 25 0.5 6.25 10 >200000 10 37.5 1 12.5 20	1000000	^claude-opus-4-6|^claude-opus-4\.6|^claude-4-6-opus|^claude-4\.6-opus
claude-opus-4-6	2026-03-13	5 25 0.5 6.25 10	1000000	^claude-opus-4-6|^claude-opus-4\.6|^claude-4-6-opus|^claude-4\.6-opus
claude-opus-4-7		5 25 0.5 6.25 10	1000000	^claude-opus-4-7|^claude-opus-4\.7|^claude-4-7-opus|^claude-4\.7-opus
claude-opus-4-8		5 25 0.5 6.25 10	1000000	^claude-opus-4-8|^claude-opus-4\.8|^claude-4-8-opus|^claude-4\.8-opus
claude-opus-5		5 25 0.5 6.25 10	1000000	^claude-opus-5$|^claude-opus-5-\d{8}$|^claude-opus-5\.0|^claude-5-opus|^claude-5\.0-opus
claude-opus-5-5		4 20 0.2 5 8	1000000	^claude-opus-5-5$|^claude-opus-5-5-\d{8}$|^claude-opus-5\.5|^claude-5-5-opus|^claude-5\.5-opus
claude-sonnet-4-0		3 15 0.3 3.75 6	200000	^claude-sonnet-4-2025|^claude-sonnet-4-0|^claude-sonnet-4@|^claude-sonnet-4$|^claude-4-sonnet
claude-sonnet-4-5		3 15 0.3 3.75 6 >200000 6 22.5 0.6 7.5 12	200000	^claude-sonnet-4-5|^claude-sonnet-4\.5
claude-sonnet-4-6		3 15 0.3 3.75 6 >200000 6 22.5 0.6 7.5 12	1000000	^claude-sonnet-4-6|^claude-sonnet-4\.6
claude-sonnet-4-6	2026-03-13	3 15 0.3 3.75 6	1000000	^claude-sonnet-4-6|^claude-sonnet-4\.6
claude-sonnet-5		2 10 0.2 2.5 4	1000000	^claude-sonnet-5|^claude-sonnet-5\.0|^claude-5-sonnet|^claude-5\.0-sonnet
claude-v1		8 24 8 8 8		^claude-v1$
ada		0.4 0.4 0.4 0.4 0.4		^ada$|^text-ada-001$
babbage		0.5 0.5 0.5 0.5 0.5		^babbage$
chatgpt-4o-latest		5 15 5 5 5	128000	^chatgpt-4o-latest$
codex-mini		1.5 6 0.375 1.5 1.5	200000	^codex-mini$|^codex-mini-latest$
computer-use		3 12 3 3 3	8192	^computer-use
curie		2 2 2 2 2		^curie$|^text-curie-001$
davinci		20 20 20 20 20		^davinci$|^text-davinci-001$
ft:gpt-3.5-turbo-		3 6 3 3 3		^ft:gpt-3\.5-turbo
ft:gpt-4o		3.75 15 3.75 3.75 3.75		^ft:gpt-4o-2024-
ft:gpt-4o-mini		0.3 1.2 0.3 0.3 0.3		^ft:gpt-4o-mini-2024-
gpt-3.5-0301		1.5 2 1.5 1.5 1.5		^gpt-3\.5-turbo-0301$|^gpt-3\.5-0301$
gpt-3.5-turbo		0.5 1.5 0.5 0.5 0.5	16385	^gpt-3\.5-turbo$|^gpt-35-turbo$|^gpt-3\.5-turbo-0125$
gpt-3.5-turbo-0613		1.5 2 1.5 1.5 1.5	16385	^gpt-3\.5-turbo-0613$
gpt-3.5-turbo-1106		1 2 1 1 1	16385	^gpt-3\.5-turbo-1106$
gpt-3.5-turbo-16k		3 4 3 3 3	16385	^gpt-3\.5-turbo-16k$|^gpt-3\.5-turbo-16k-0613$|^gpt-35-turbo-16k-0613$|^gpt-35-turbo-16k$
gpt-3.5-turbo-instruct		1.5 2 1.5 1.5 1.5	16385	^gpt-3\.5-turbo-instruct|^gpt-3\.5-turbo-instruct-0914$
gpt-4		30 60 30 30 30	8192	^gpt-4$|^gpt-4-0314$|^gpt-4-0613$|^ft:gpt-4-0
gpt-4-32k		60 120 60 60 60	32000	^gpt-4-32k$|^gpt-4-32k-0314$|^gpt-4-32k-0613$
gpt-4-turbo		10 30 10 10 10	128000	^gpt-4-turbo$|^gpt-4-turbo-2024-04-09$|^gpt-4-turbo-0125-preview$|^gpt-4-0125-preview$|^gpt-4-1106-preview$|^gpt-4-turbo-preview$
gpt-4-vision-preview		10 30 10 10 10	128000	^gpt-4-vision-preview$|^gpt-4-1106-vision-preview$
gpt-4.1		2 8 0.5 2 2	1000000	^gpt-4\.1$|^gpt-4\.1-2025-04-14$
gpt-4.1-mini		0.4 1.6 0.1 0.4 0.4	1000000	^gpt-4\.1-mini$|^gpt-4\.1-mini-2025-04-14$
gpt-4.1-nano		0.1 0.4 0.025 0.1 0.1	1000000	^gpt-4\.1-nano$|^gpt-4\.1-nano-2025-04-14$
gpt-4.5-preview		75 150 37.5 75 75		^gpt-4\.5-preview
gpt-4o		2.5 10 1.25 2.5 2.5	128000	^gpt-4o$|^gpt-4o-2024-08-06$|^gpt-4o-2024-11-20$
gpt-4o-2024-05-13		5 15 5 5 5	128000	^gpt-4o-2024-05-13$
gpt-4o-audio-preview		2.5 10 2.5 2.5 2.5	128000	^gpt-4o-audio-preview
gpt-4o-mini		0.15 0.6 0.075 0.15 0.15	128000	^gpt-4o-mini$|^gpt-4o-mini-2024-07-18$|^gpt-4o-mini-search-preview$|^gpt-4o-mini-search-preview-2025-03-11$
gpt-4o-mini-2024-07-18.ft-		0.3 1.2 0.3 0.3 0.3		^gpt-4o-mini-2024-07-18\.ft-
gpt-4o-mini-audio-preview		0.15 0.6 0.15 0.15 0.15	128000	^gpt-4o-mini-audio
gpt-4o-mini-realtime-preview		0.6 2.4 0.3 0.6 0.6	16000	^gpt-4o-mini-realtime
gpt-4o-mini-transcribe		1.25 5 1.25 1.25 1.25	16000	^gpt-4o-mini-transcribe$
gpt-4o-mini-tts		0.6 12 0.6 0.6 0.6		^gpt-4o-mini-tts$
gpt-4o-realtime-preview		5 20 2.5 5 5	32000	^gpt-4o-realtime
gpt-4o-search-preview		2.5 10 2.5 2.5 2.5	128000	^gpt-4o-search-preview$|^gpt-4o-search-preview-2025-03-11$
gpt-4o-transcribe		2.5 10 2.5 2.5 2.5	16000	^gpt-4o-transcribe$|^gpt-4o-transcribe-diarize$
gpt-4o:extended		6 18 6 6 6		^gpt-4o:extended$
gpt-5		1.25 10 0.125 1.25 1.25	400000	^gpt-5$|^gpt-5-2025-08-07$|^gpt-5-chat$|^gpt-5-chat-latest$|^gpt-5-codex$
gpt-5-image		10 10 1.25 10 10		^gpt-5-image$
gpt-5-image-mini		2.5 2 0.25 2.5 2.5		^gpt-5-image-mini$
gpt-5-mini		0.25 2 0.025 0.25 0.25	400000	^gpt-5-mini$|^gpt-5-mini-2025-08-07$
gpt-5-nano		0.05 0.4 0.005 0.05 0.05	400000	^gpt-5-nano$|^gpt-5-nano-
gpt-5-pro		15 120 15 15 15	400000	^gpt-5-pro$|^gpt-5-pro-2025-10-06$
gpt-5.1		1.25 10 0.125 1.25 1.25	400000	^gpt-5\.1$|^gpt-5\.1-2025-11-13$|^gpt-5\.1-codex$|^gpt-5\.1-codex-max$|^gpt-5\.1-chat$|^gpt-5\.1-chat-latest$|^gpt-5-1$|^gpt-5-1-2025-11-13$|^gpt-5-1-codex$|^gpt-5-1-codex-max$|^gpt-5-1-chat$|^gpt-5-1-chat-latest$
gpt-5.1-codex-mini		0.25 2 0.025 0.25 0.25	400000	^gpt-5\.1-codex-mini$|^gpt-5\.1-mini$|^gpt-5-1-codex-mini$|^gpt-5-1-mini$
gpt-5.2		1.75 14 0.175 1.75 1.75	400000	^gpt-5\.2$|^gpt-5\.2-2025-12-11$|^gpt-5-2$|^gpt-5-2-2025-12-11$|^gpt-5\.2-chat$|^gpt-5\.2-chat-latest$|^gpt-5-2-chat$|^gpt-5-2-chat-latest$|^gpt-5\.2-codex$|^gpt-5-2-codex$
gpt-5.2-pro		21 168 21 21 21	400000	^gpt-5\.2-pro$|^gpt-5\.2-pro-2025-12-11$|^gpt-5-2-pro-2025-12-11$
gpt-5.3		1.75 14 0.175 1.75 1.75	128000	^gpt-5\.3$|^gpt-5-3$|^gpt-5\.3-chat$|^gpt-5\.3-chat-latest$|^gpt-5-3-chat$|^gpt-5-3-chat-latest$
gpt-5.3-codex		1.75 14 0.175 1.75 1.75	400000	^gpt-5\.3-codex$|^gpt-5-3-codex$
gpt-5.4		2.5 15 0.25 2.5 2.5 >271999 5 22.5 0.5 5 5	1050000	^gpt-5\.4$|^gpt-5\.4-2026-03-05$|^gpt-5-4$|^gpt-5-4-2026-03-05$
gpt-5.4-image-2		8 15 2 8 8		^gpt-5\.4-image-2$
gpt-5.4-mini		0.75 4.5 0.075 0.75 0.75	400000	^gpt-5\.4-mini$|^gpt-5\.4-mini-2026-03-17$|^gpt-5-4-mini$|^gpt-5-4-mini-2026-03-17$
gpt-5.4-nano		0.2 1.25 0.02 0.2 0.2	400000	^gpt-5\.4-nano$|^gpt-5\.4-nano-2026-03-17$|^gpt-5-4-nano$|^gpt-5-4-nano-2026-03-17$
gpt-5.4-pro		30 180 30 30 30 >271999 60 270 60 60 60	1050000	^gpt-5\.4-pro$|^gpt-5\.4-pro-2026-03-05$|^gpt-5-4-pro$|^gpt-5-4-pro-2026-03-05$
gpt-5.5		5 30 0.5 5 5 >271999 10 45 1 10 10	1000000	^gpt-5\.5$|^gpt-5\.5-2026-04-23$|^gpt-5\.5-2026-04-24$|^gpt-5-5$|^gpt-5-5-2026-04-23$|^gpt-5-5-2026-04-24$|^gpt-5\.5-chat$|^gpt-5\.5-chat-latest$|^gpt-5-5-chat$|^gpt-5-5-chat-latest$|^gpt-5\.5-codex$|^gpt-5-5-codex$
gpt-5.5-pro		30 180 30 30 30 >271999 60 270 60 60 60	1000000	^gpt-5\.5-pro$|^gpt-5\.5-pro-2026-04-23$|^gpt-5-5-pro$|^gpt-5-5-pro-2026-04-23$
gpt-5.6-luna		1 6 0.1 1.25 1.25 >271999 2 9 0.2 2.5 2.5	1050000	^gpt-5\.6-luna$|^gpt-5-6-luna$|^gpt-5\.6-luna-\d{4}-\d{2}-\d{2}$|^gpt-5-6-luna-\d{4}-\d{2}-\d{2}$
gpt-5.6-luna	2026-07-30	0.2 1.2 0.02 0.25 0.25 >271999 0.4 1.8 0.04 0.5 0.5	1050000	^gpt-5\.6-luna$|^gpt-5-6-luna$|^gpt-5\.6-luna-\d{4}-\d{2}-\d{2}$|^gpt-5-6-luna-\d{4}-\d{2}-\d{2}$
gpt-5.6-sol		5 30 0.5 6.25 6.25 >271999 10 45 1 12.5 12.5	1050000	^gpt-5\.6-sol$|^gpt-5-6-sol$|^gpt-5\.6$|^gpt-5-6$|^gpt-5\.6-sol-\d{4}-\d{2}-\d{2}$|^gpt-5-6-sol-\d{4}-\d{2}-\d{2}$
gpt-5.6-sol	2026-08-21	4 20 0.4 5 5 >271999 8 30 0.8 10 10	1050000	^gpt-5\.6-sol$|^gpt-5-6-sol$|^gpt-5\.6$|^gpt-5-6$|^gpt-5\.6-sol-\d{4}-\d{2}-\d{2}$|^gpt-5-6-sol-\d{4}-\d{2}-\d{2}$
gpt-5.6-terra		2.5 15 0.25 3.125 3.125 >271999 5 22.5 0.5 6.25 6.25	1050000	^gpt-5\.6-terra$|^gpt-5-6-terra$|^gpt-5\.6-terra-\d{4}-\d{2}-\d{2}$|^gpt-5-6-terra-\d{4}-\d{2}-\d{2}$
gpt-5.6-terra	2026-07-30	2 12 0.2 2.5 2.5 >271999 4 18 0.4 5 5	1050000	^gpt-5\.6-terra$|^gpt-5-6-terra$|^gpt-5\.6-terra-\d{4}-\d{2}-\d{2}$|^gpt-5-6-terra-\d{4}-\d{2}-\d{2}$
gpt-6-astra		10 50 1 12.5 12.5 >271999 20 75 2 25 25	1050000	^gpt-6-astra$|^gpt-6-astra-\d{4}-\d{2}-\d{2}$
gpt-6-luna		0.1 0.5 0.01 0.125 0.125 >272000 0.2 0.75 0.02 0.25 0.25	1050000	^gpt-6-luna$|^gpt-6-luna-\d{4}-\d{2}-\d{2}$
gpt-6-sol		2 10 0.2 2.5 2.5 >272000 4 15 0.4 5 5	1050000	^gpt-6-sol$|^gpt-6-sol-\d{4}-\d{2}-\d{2}$
gpt-audio		2.5 10 2.5 2.5 2.5	128000	^gpt-audio$|^gpt-audio-2025-08-28$|^gpt-audio-1\.5$
gpt-audio-mini		0.6 2.4 0.6 0.6 0.6	128000	^gpt-audio-mini$|^gpt-audio-mini-2025-10-06$|^gpt-audio-mini-2025-12-15$
gpt-chat-latest		5 30 0.5 5 5		^gpt-chat-latest$
gpt-image-1		5 40 1.25 5 5		^gpt-image-1$
gpt-image-1-mini		2 8 0.2 2 2		^gpt-image-1-mini$
gpt-image-1.5		5 10 1.25 5 5		^gpt-image-1\.5$|^gpt-image-1\.5-2025-12-16$
gpt-image-2		5 30 1.25 5 5		^gpt-image-2$|^gpt-image-2-2026-04-21$
gpt-oss-120b		0.039 0.18 0.039 0.039 0.039	131072	^gpt-oss-120b$
gpt-oss-20b		0.029 0.14 0.029 0.029 0.029	131072	^gpt-oss-20b$
gpt-oss-safeguard-20b		0.075 0.3 0.037 0.075 0.075	131072	^gpt-oss-safeguard-20b$
gpt-realtime		4 16 0.4 4 4	32000	^gpt-realtime$|^gpt-realtime-2025-08-28$|^gpt-realtime-1\.5$
gpt-realtime-2		4 24 0.4 4 4	128000	^gpt-realtime-2$|^gpt-realtime-2\.1$
gpt-realtime-mini		0.6 2.4 0.06 0.6 0.6		^gpt-realtime-mini$|^gpt-realtime-2\.1-mini$|^gpt-realtime-mini-2025-12-15$|^gpt-realtime-mini-2025-10-06$
o1		15 60 7.5 15 15	200000	^o1$|^o1-2024-12-17$
o1-mini		1.1 4.4 0.55 1.1 1.1	128000	^o1-mini$|^o1-mini-2024-09-12$
o1-preview		15 60 7.5 15 15	128000	^o1-preview$|^o1-preview-2024-09-12$
o1-pro		150 600 150 150 150	200000	^o1-pro$|^o1-pro-2025-03-19$
o3		10 40 0.5 10 10	200000	^o3$|^o3-2025-04-16$
o3	2025-06-10	2 8 0.5 2 2	200000	^o3$|^o3-2025-04-16$
o3-deep-research		10 40 2.5 10 10	200000	^o3-deep-research$|^o3-deep-research-2025-06-26$
o3-mini		1.1 4.4 0.55 1.1 1.1	200000	^o3-mini$|^o3-mini-2025-01-31$|^o3-mini-high$
o3-pro		20 80 20 20 20	200000	^o3-pro$|^o3-pro-2025-06-10$
o4-mini		1.1 4.4 0.275 1.1 1.1	200000	^o4-mini-2025-04-16$|^o4-mini-high$|^o4-mini$
o4-mini-deep-research		2 8 0.5 2 2	200000	^o4-mini-deep-research$|^o4-mini-deep-research-2025-06-26$
text-davinci-002		20 20 20 20 20		^text-davinci-002$
text-davinci-003		20 20 20 20 20		^text-davinci-003$
gemini-1.0-pro-vision-001		0.125 0.375 0.125 0.125 0.125	32768	^gemini-1\.0-pro-vision-001$
gemini-1.5-flash		0.075 0.3 0.01875 0.075 0.075 >128000 0.15 0.6 0.0375 0.15 0.15	1000000	gemini-1\.5-flash
gemini-1.5-pro		1.25 5 1.25 1.25 1.25 >128000 2.5 10 2.5 2.5 2.5	1000000	gemini-1\.5-pro
gemini-2.0-flash		0.1 0.4 0.025 0.1 0.1	1000000	gemini-2\.0-flash$|gemini-2\.0-flash-0|gemini-2\.0-flash-exp|gemini-2\.0-flash-thinking|gemini-2\.0-flash-latest
gemini-2.0-flash-lite		0.075 0.3 0.075 0.075 0.075	1000000	gemini-2\.0-flash-lite
gemini-2.5-flash		0.3 2.5 0.03 0.3 0.3	1048576	^gemini-2\.5-flash$|^gemini-2\.5-flash-latest$|^gemini-2\.5-flash-preview-09-2025$
gemini-2.5-flash-image		0.3 2.5 0.3 0.3 0.3	1000000	^gemini-2\.5-flash-image$|^gemini-2\.5-flash-image-preview$
gemini-2.5-flash-lite		0.1 0.4 0.01 0.1 0.1	1000000	^gemini-2\.5-flash-lite$|^(?=.*?(?:^gemini-2\.5-flash-lite-preview))(?=.*?(?:^(?!.*-[tT][tT][sS](?:$|-))))
gemini-2.5-flash-lite-preview-tts		0.5 10 0.5 0.5 0.5	8192	^gemini-2\.5-flash-lite-preview-tts$
gemini-2.5-flash-preview		0.15 0.6 0.15 0.15 0.15		gemini-2\.5-flash-preview-05-20|gemini-2\.5-flash-preview-04-17|^gemini-2\.5-flash-preview-05-20:thinking$|^gemini-2\.5-flash-preview$|^gemini-2\.5-flash-preview:thinking$
gemini-2.5-flash-tts		0.5 10 0.5 0.5 0.5	8192	^gemini-2\.5-flash-tts$|^gemini-2\.5-flash-preview-tts$
gemini-2.5-pro		1.25 10 0.125 1.25 1.25 >200000 2.5 15 0.25 2.5 2.5		^(?=.*?(?:^gemini-2\.5-pro))(?=.*?(?:^(?!.*-[tT][tT][sS](?:$|-))))
gemini-2.5-pro-tts		1 20 1 1 1	8192	^gemini-2\.5-pro-tts$|^gemini-2\.5-pro-preview-tts$
gemini-3-flash-preview		0.5 3 0.05 0.5 0.5	1000000	^gemini-3-flash-preview$|^gemini-3-flash-preview-
gemini-3-pro-image-preview		2 12 2 2 2	1000000	^gemini-3-pro-image$|^gemini-3-pro-image-preview
gemini-3-pro-preview		2 12 0.2 2 2 >200000 4 18 0.4 4 4		^gemini-3-pro-preview|^gemini-3-pro-text-preview$
gemini-3.1-flash-image-preview		0.5 3 0.5 0.5 0.5	1000000	^gemini-3\.1-flash-image$|^gemini-3\.1-flash-image-preview
gemini-3.1-flash-lite		0.25 1.5 0.025 0.25 0.25	1000000	^gemini-3\.1-flash-lite$|^gemini-3\.1-flash-lite-preview
gemini-3.1-flash-lite-image		0.25 1.5 0.25 0.25 0.25		^gemini-3\.1-flash-lite-image
gemini-3.1-flash-live-preview		0.75 4.5 0.75 0.75 0.75		^gemini-3\.1-flash-live-preview
gemini-3.1-pro-preview		2 12 0.2 2 2 >200000 4 18 0.4 4 4		^gemini-3\.1-pro-preview
gemini-3.5-flash		1.5 9 0.15 1.5 1.5	1000000	^gemini-3\.5-flash$|^gemini-3\.5-flash-preview|^gemini-3\.5-flash-\d
gemini-3.5-flash-lite		0.3 2.5 0.03 0.3 0.3	1000000	^gemini-3\.5-flash-lite
gemini-3.6-flash		0.75 3.75 0.075 0.75 0.75	1000000	^gemini-3\.6-flash
gemini-3.6-flash	2027-01-01	1.5 7.5 0.15 1.5 1.5	1000000	^gemini-3\.6-flash
gemini-3.7-flash		0.75 3.75 0.075 0.75 0.75	1000000	^gemini-3\.7-flash
gemini-3.7-flash	2027-01-01	1.5 7.5 0.15 1.5 1.5	1000000	^gemini-3\.7-flash
gemini-3.8-flash		0.75 3.75 0.075 0.75 0.75	1000000	^gemini-3\.8-flash
gemini-3.8-flash	2027-01-01	1.5 7.5 0.15 1.5 1.5	1000000	^gemini-3\.8-flash
gemini-flash-1.5		0.075 0.3 0.01875 0.075 0.075 >128000 0.15 0.6 0.0375 0.15 0.15		^gemini-flash-1\.5$
gemini-flash-1.5-8b		0.0375 0.15 0.01 0.0375 0.0375 >128000 0.075 0.3 0.02 0.075 0.075	1000000	^gemini-flash-1\.5-8b$
gemini-live-2.5-flash		0.5 2 0.5 0.5 0.5		^gemini-live-2\.5-flash|^gemini-2\.5-flash-native-audio-preview|^gemini-2\.5-flash-native-audio-latest$
gemini-omni-flash-preview		1.5 9 1.5 1.5 1.5		^gemini-omni-flash-preview
gemini-pro		0.125 0.375 0.125 0.125 0.125	32768	^gemini-pro$|^gemini-1\.0-pro$
gemini-pro-1.5		1.25 5 0.3125 1.25 1.25 >128000 2.5 10 0.625 2.5 2.5	2000000	^gemini-pro-1\.5$
gemma-2-27b-it		0.65 0.65 0.65 0.65 0.65		^gemma-2-27b-it$
gemma-4-26b-a4b-it-maas		0.15 0.6 0.015 0.15 0.15	262144	^gemma-4-26b-a4b-it-maas$
deepseek-v3.1-terminus		0.27 0.95 0.13 0.27 0.27	128000	^deepseek-v3\.1-terminus$
deepseek-v3.2		0.2288 0.3432 0.2288 0.2288 0.2288	128000	^deepseek-v3\.2$
deepseek-v3.2-exp		0.27 0.41 0.27 0.27 0.27	128000	^deepseek-v3\.2-exp$
codestral		0.3 0.9 0.3 0.3 0.3	256000	^codestral-latest$|^codestral-2501$
codestral-2508		0.3 0.9 0.03 0.3 0.3	256000	^codestral-2508$
devstral-2512		0.4 2 0.04 0.4 0.4	262144	^devstral-2512$
devstral-small		0.1 0.3 0.1 0.1 0.1		^devstral-small$|^devstral-small-2505$|^devstral-small-2507$|^devstral-small-latest$|^labs-devstral-small-2512$
magistral-medium		2 5 2 2 2		^magistral-medium
magistral-small		0.5 1.5 0.5 0.5 0.5		^magistral-small-
ministral-14b-2512		0.2 0.2 0.02 0.2 0.2	262144	^ministral-14b-2512$
ministral-3b		0.04 0.04 0.04 0.04 0.04		^ministral-3b$
ministral-3b-2512		0.1 0.1 0.01 0.1 0.1	131072	^ministral-3b-2512$
ministral-8b		0.1 0.1 0.1 0.1 0.1		^ministral-8b$|^ministral-8b-2410$
ministral-8b-2512		0.15 0.15 0.015 0.15 0.15	262144	^ministral-8b-2512$
ministral-8b-latest		0.1 0.1 0.1 0.1 0.1		^ministral-8b-latest$
ministral-8b-latest	2025-12-02	0.15 0.15 0.015 0.15 0.15		^ministral-8b-latest$
mistral-7b		0.25 0.25 0.25 0.25 0.25		^mistral-7b$|^open-mistral-7b$
mistral-embed		0.1 0.1 0.1 0.1 0.1	8192	^mistral-embed$
mistral-large		2 6 2 2 2		^mistral-large$|^mistral-large-latest$|^mistral-large-2407$|^mistral-large-2411$
mistral-large-2512		0.5 1.5 0.05 0.5 0.5	262144	^mistral-large-2512$
mistral-medium-2312		2.7 8.1 2.7 2.7 2.7		^mistral-medium-2312$
mistral-medium-3-1		0.4 2 0.04 0.4 0.4		^mistral-medium$|^mistral-medium-2505$|^mistral-medium-2508$
mistral-medium-3-5		1.5 7.5 0.15 1.5 1.5	262144	^mistral-medium-3\.5$|^mistral-medium-3-5$|^mistral-medium-3$
mistral-medium-latest		0.4 2 0.04 0.4 0.4		^mistral-medium-latest$
mistral-medium-latest	2026-06-16	1.5 7.5 0.15 1.5 1.5		^mistral-medium-latest$
mistral-nemo		0.15 0.15 0.15 0.15 0.15		^mistral-nemo$|^open-mistral-nemo$
mistral-saba		0.2 0.6 0.2 0.2 0.2		^mistral-saba$|^mistral-saba-latest$
mistral-small-24b-instruct-2501		0.05 0.08 0.05 0.05 0.05		^mistral-small-24b-instruct-2501$
mistral-small-2603		0.15 0.6 0.015 0.15 0.15	262144	^mistral-small-2603$
mistral-small-3.1-24b-instruct		0.351 0.555 0.351 0.351 0.351		^mistral-small-3\.1-24b-instruct$
mistral-small-3.2-24b-instruct		0.075 0.2 0.075 0.075 0.075		^mistral-small-3\.2-24b-instruct$
mistral-small-latest		0.1 0.3 0.1 0.1 0.1		^mistral-small-latest$
mistral-tiny		0.25 0.25 0.25 0.25 0.25		^mistral-tiny$
mixtral-8x22b-instruct		0.9 0.9 0.9 0.9 0.9		^mixtral-8x22b-instruct$
mixtral-8x7b		0.7 0.7 0.7 0.7 0.7		^mixtral-8x7b|^open-mixtral-8x7b$
pixtral-12b		0.15 0.15 0.15 0.15 0.15		^pixtral-12b$|^pixtral-12b-latest$
pixtral-large		2 6 2 2 2		^pixtral-large-latest$|^pixtral-large-2411$
voxtral-small-24b-2507		0.1 0.3 0.01 0.1 0.1	32768	^voxtral-small-24b-2507$|^voxtral-small-2507$|^voxtral-small-latest$
voxtral-small-24b-2507	2026-08-11	0.1 0.4 0.01 0.1 0.1	32768	^voxtral-small-24b-2507$|^voxtral-small-2507$|^voxtral-small-latest$
grok-2-1212		2 10 2 2 2	32768	^grok-2-1212$|^grok-2$|^grok-2-latest$
grok-2-vision-1212		2 10 2 2 2	32768	^grok-2-vision-1212$|^grok-2-vision$|^grok-2-vision-latest$
grok-3		3 15 0.75 3 3	131072	^grok-3$|^grok-3-latest$|^grok-3-beta$
grok-3-fast		5 25 1.25 5 5	131072	^grok-3-fast$|^grok-3-fast-latest$|^grok-3-fast-beta$
grok-3-mini		0.3 0.5 0.075 0.3 0.3	131072	^grok-3-mini$|^grok-3-mini-beta$|^grok-3-mini-latest$
grok-3-mini-fast		0.6 4 0.15 0.6 0.6	131072	^grok-3-mini-fast$|^grok-3-mini-fast-beta$|^grok-3-mini-fast-latest$
grok-4-0709		3 15 0.75 3 3	256000	^grok-4-0709$|^grok-4$|^grok-4-latest$
grok-4-1-fast-non-reasoning		0.2 0.5 0.05 0.2 0.2	2000000	^grok-4-1-fast-non-reasoning$|^grok-4-1-fast-non-reasoning-latest$
grok-4-1-fast-reasoning		0.2 0.5 0.05 0.2 0.2	2000000	^grok-4-1-fast$|^grok-4-1-fast-reasoning$|^grok-4-1-fast-reasoning-latest$
grok-4-fast-non-reasoning		0.2 0.5 0.05 0.2 0.2	2000000	^grok-4-fast-non-reasoning$|^grok-4-fast-non-reasoning-latest$
grok-4-fast-reasoning		0.2 0.5 0.05 0.2 0.2	2000000	^grok-4-fast$|^grok-4-fast-reasoning$|^grok-4-fast-reasoning-latest$
grok-4.20		1.25 2.5 0.2 1.25 1.25 >199999 2.5 5 0.4 2.5 2.5	1000000	^grok-4\.20$
grok-4.20-multi-agent		2 6 0.2 2 2	1000000	^grok-4\.20-multi-agent$
grok-4.3		1.25 2.5 0.2 1.25 1.25 >199999 2.5 5 0.4 2.5 2.5	1000000	^grok-4\.3$|^grok-4\.3-\d{8}$|^x-ai/grok-4\.3$|^x-ai/grok-4\.3-\d{8}$|^grok-4\.3-latest$
grok-4.5		2 6 0.3 2 2 >199999 4 12 0.6 4 4	500000	^grok-4\.5$|^grok-4\.5-\d{8}$|^x-ai/grok-4\.5$|^x-ai/grok-4\.5-\d{8}$|^grok-4\.5-latest$|^grok-latest$
grok-4.6		2 6 0.5 2 2 >199999 4 12 1 4 4	500000	^grok-4\.6$|^grok-4\.6-\d{8}$|^x-ai/grok-4\.6$|^x-ai/grok-4\.6-\d{8}$|^grok-4\.6-latest$
grok-build-0.1		1 2 0.2 1 1 >199999 2 4 0.4 2 2	256000	^grok-build-0\.1$
grok-code-fast-1		0.2 1.5 0.02 0.2 0.2	256000	^grok-code-fast$|^grok-code-fast-1$|^grok-code-fast-1-0825$
kimi-k2		0.57 2.3 0.57 0.57 0.57		^kimi-k2$
kimi-k2-0711-preview		0.6 2.5 0.15 0.6 0.6	131072	^kimi-k2-0711-preview$
kimi-k2-0905-preview		0.6 2.5 0.15 0.6 0.6	262144	^kimi-k2-0905-preview$
kimi-k2-thinking		0.6 2.5 0.15 0.6 0.6	262144	^kimi-k2-thinking$
kimi-k2-thinking-turbo		1.15 8 0.15 1.15 1.15	262144	^kimi-k2-thinking-turbo$
kimi-k2-turbo-preview		1.15 8 0.15 1.15 1.15	262144	^kimi-k2-turbo
kimi-k2.5		0.6 3 0.1 0.6 0.6	262144	^kimi-k2\.5
kimi-k2.6		0.95 4 0.16 0.95 0.95	262144	^kimi-k2\.6
kimi-k2.7-code		0.95 4 0.19 0.95 0.95	262144	^kimi-k2\.7-code$
kimi-k2.7-code-highspeed		1.9 8 0.38 1.9 1.9	262144	^kimi-k2\.7-code-highspeed$
kimi-k3		3 15 0.3 3 3	1048576	^kimi-k3$
moonshot-v1-128k		2 5 2 2 2	131072	^moonshot-v1-128k$|^moonshot-v1-128k-vision-preview$
moonshot-v1-32k		1 3 1 1 1	32768	^moonshot-v1-32k$|^moonshot-v1-32k-vision-preview$
moonshot-v1-8k		0.2 2 0.2 0.2 0.2	8192	^moonshot-v1-8k$|^moonshot-v1-8k-vision-preview$
GLM-5.2		1.4 4.4 0.26 1.4 1.4	1000000	^GLM-5\.2$|^glm-5\.2$
GLM-5.3		1.4 4.4 0.26 1.4 1.4	1000000	^GLM-5\.3$|^glm-5\.3$
GLM-5.3-Flash		0.075 0.25 0.015 0.075 0.075	1000000	^GLM-5\.3-Flash$|^glm-5\.3-flash$
M2-her		0.3 1.2 0.3 0.3 0.3	64000	^M2-her$|^m2-her$
MiniMax-M2		0.3 1.2 0.03 0.375 0.375	204800	^MiniMax-M2$|^minimax-m2$|^MiniMax-M2\.1$|^minimax-m2\.1$|^MiniMax-M2\.5$|^minimax-m2\.5$
MiniMax-M2.1-highspeed		0.6 2.4 0.03 0.375 0.375	204800	M2\.1-highspeed|m2\.1-highspeed
MiniMax-M2.5-highspeed		0.6 2.4 0.03 0.375 0.375	204800	M2\.5-highspeed|m2\.5-highspeed
MiniMax-M2.7		0.3 1.2 0.06 0.375 0.375	204800	^MiniMax-M2\.7$|^minimax-m2\.7$
MiniMax-M2.7-highspeed		0.6 2.4 0.06 0.375 0.375	204800	M2\.7-highspeed|m2\.7-highspeed
minimax-01		0.2 1.1 0.2 0.2 0.2	1000192	^minimax-01$
minimax-m1		0.4 2.2 0.4 0.4 0.4		^minimax-m1$
minimax-m3		0.3 1.2 0.06 0.3 0.3 >512000 0.6 2.4 0.12 0.6 0.6	1000000	^minimax-m3$`;
