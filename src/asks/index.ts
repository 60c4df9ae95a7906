export { judge, type Act, type RuleSet, type Verdict } from "./policy.ts";
export { addRule, forbidsAnything, mayAllow, projectPolicyPath, readPolicies, real } from "./policy-files.ts";
export { riskOf } from "./risk.ts";
