/**
 * The plans for the rings that exist. Each says in its docstring which hooks it calls; a service that wants other steps gives
 * a definition of the same name.
 */
import type { PlanDefinition } from "../plan-definition.ts";
import { authorityKeyPlan, issuingAuthorityPlan } from "./authority-plans.ts";
import { compromisePlan } from "./compromise-plan.ts";
import { auditKeyPlan, logKeyPlan, witnessKeyPlan } from "./log-plans.ts";
import { sealMakerPlan, sealOwnerPlan, signingKeyPlan } from "./seal-plans.ts";
import { clientKeyPlan, tokenKeyPlan } from "./token-plans.ts";
import { destroyPlan, standByPlan } from "./version-plans.ts";

/** All of them; what a ring declares as its `plan` is one of these names, or that of a plan given at start. */
export const standardPlans: readonly PlanDefinition[] = [
  tokenKeyPlan,
  clientKeyPlan,
  authorityKeyPlan,
  issuingAuthorityPlan,
  sealMakerPlan,
  sealOwnerPlan,
  signingKeyPlan,
  logKeyPlan,
  auditKeyPlan,
  witnessKeyPlan,
  standByPlan,
  destroyPlan,
  compromisePlan,
];
