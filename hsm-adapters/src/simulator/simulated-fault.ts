import type { KeyStoreErrorCode, KeyStoreErrorFacts } from "../key-store/index.ts";

/** What the simulator counts, each by itself. */
export const simulatedOperations = [
  "pin-status",
  "login",
  "list-keys",
  "find-key",
  "refresh",
  "open-session",
  "sign",
  "decrypt",
  "validate",
  "close-session",
  "generate",
] as const;
export type SimulatedOperation = (typeof simulatedOperations)[number];

/** One misfortune, at a certain call. */
export interface SimulatedFault {
  /** Its own name in its folder: by it, another process knows that it has happened. */
  readonly name: string;
  readonly operation: SimulatedOperation;
  /** The first call that it meets, counted from 1 in each process; 1 if absent. */
  readonly at?: number;
  /** How many calls in a row it meets; 1 if absent. */
  readonly times?: number;
  /** Happens in every process again. Otherwise `times` is for all processes together, so that a host that is started anew works. */
  readonly inEveryProcess?: boolean;
  readonly does: SimulatedBehaviour;
}

export type SimulatedBehaviour =
  | {
      readonly kind: "error";
      readonly code: KeyStoreErrorCode;
      readonly vendor?: KeyStoreErrorFacts["vendor"];
      /** The session answers CKR_OPERATION_ACTIVE ever after, as SoftHSM's does after CKR_DEVICE_ERROR. */
      readonly poisons?: boolean;
    }
  | { readonly kind: "slow"; readonly milliseconds: number }
  /** Stands still with everything else in the process. */
  | { readonly kind: "block"; readonly milliseconds: number }
  /** Never answers, while others are answered. */
  | { readonly kind: "silence" }
  | { readonly kind: "crash" }
  /** Says that all is well. */
  | { readonly kind: "empty-signature" }
  | { readonly kind: "wrong-signature" }
  /** ECDSA over the SM2 curve. */
  | { readonly kind: "ecdsa" }
  | { readonly kind: "drop-sessions" }
  | { readonly kind: "lose-login" }
  | { readonly kind: "forget-handles" }
  /** The device is pulled out, and put back by itself after so long; without a time only the control file brings it back. */
  | { readonly kind: "remove"; readonly milliseconds?: number };
