/**
 * Changing a key without anybody noticing, and stopping one at once.
 *
 * A {@link PlanDefinition} is data: named steps, how early each may happen, until where it can be undone. An approved change
 * makes a plan of it for one ring; {@link createRotations} runs the steps when they are due, in whichever process comes
 * first, and after a kill from where it was. What a step means for a service, it says in a {@link StepHook}.
 */
export { createRotations } from "./create-rotations.ts";
export type { PlanRequest, RollBackRequest, Rotations, RotationsOptions } from "./rotations.ts";
export type { SignatureEvent } from "./signature-events.ts";
export type { DocumentEntry, StoredDocument } from "./plan-documents.ts";
export type { StepPoint } from "./engine-deps.ts";
export { rotationMigration } from "./rotation-tables.ts";
export { rotationProblems } from "./rotation-problems.ts";
export type { RotationRefusalCode } from "./rotation-problems.ts";
export { attemptsUntilStuck } from "./plan-failure.ts";
export { canRollBack } from "./roll-back-plan.ts";
export { compromiseClock } from "./compromise-clock.ts";
export type { CompromiseClock } from "./compromise-clock.ts";
export { standardPlans } from "./standard-plans/index.ts";
export { parsePlanDefinition, PlanDefinitionError, stepActions } from "./plan-definition.ts";
export type { PlanDefinition, PlanStepDefinition, StepAction } from "./plan-definition.ts";
export { planStates, planStepStates } from "./plan.ts";
export type {
  Plan,
  PlanId,
  PlanProblem,
  PlanSimulation,
  PlanState,
  PlanStep,
  PlanStepState,
  SimulatedStep,
} from "./plan.ts";
export type { Affected, StepContext, StepHook } from "./step-hook.ts";
export { rotationOperations } from "./rotation-operations.ts";
export type { RotationOperationsDeps } from "./rotation-operations.ts";
export { planRoutes } from "./plan-routes.ts";
