export { judge, type Act, type RuleSet, type Verdict } from "./policy.ts";
export { addRule, projectPolicyPath, readPolicies, real } from "./policy-files.ts";
