import "./app/no-eval.ts";

// Fetched afterwards on purpose: every schema must be made after the setting above.
void import("./app/boot.tsx").then(({ boot }) => boot());
