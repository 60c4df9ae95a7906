export { judge, type Act, type RuleSet, type Verdict } from "./policy.ts";
export { addRule, forbidsAnything, projectPolicyPath, readPolicies, real } from "./policy-files.ts";
export { addRule, mayAllow, projectPolicyPath, readPolicies, real } from "./policy-files.ts";
