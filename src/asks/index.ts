export { judge, type Act, type RuleSet, type Verdict } from "./policy.ts";
export { addRule, projectPolicyPath, readPolicies } from "./policy-files.ts";
