import { confirmCompromise, findBoundary, suspendKey } from "./compromise-actions.ts";
import { writeReport } from "./compromise-report.ts";
import { clearDrill, prepareDrill } from "./drill-actions.ts";
import {
  activateKey,
  deactivateKey,
  destroyPrivateKey,
  destroyVersion,
  nothingOfItsOwn,
  publishKey,
  retireKey,
  testKey,
} from "./key-actions.ts";
import { makeKey, unmakeKey } from "./make-key.ts";
import type { StepAction } from "./plan-definition.ts";
import { listSignatures } from "./signature-list.ts";
import type { Action } from "./step-action.ts";

/** What the engine itself does for each kind of step. */
export const actions: Readonly<Record<StepAction, Action>> = {
  generate: makeKey,
  certify: nothingOfItsOwn,
  publish: publishKey,
  wait: nothingOfItsOwn,
  activate: activateKey,
  retire: retireKey,
  deactivate: deactivateKey,
  "destroy-private": destroyPrivateKey,
  destroy: destroyVersion,
  "self-test": testKey,
  call: nothingOfItsOwn,
  suspend: suspendKey,
  "find-boundary": findBoundary,
  compromise: confirmCompromise,
  "list-signatures": listSignatures,
  report: writeReport,
  "prepare-drill": prepareDrill,
  "clear-drill": clearDrill,
};

/** What is taken back besides the hooks: everything else that can be rolled back ends with its key. */
export const undoActions: Readonly<Partial<Record<StepAction, Action>>> = { generate: unmakeKey };
