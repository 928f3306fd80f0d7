import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyStore, KeyUri } from "../key-store/index.ts";

/** How hard the kit tries; every number has a default that suits a device of milliseconds. */
export interface ConformanceOptions {
  /** Rows that the store is said to sign by. Absent: what its keys sign by, and what it makes keys for when asked. */
  readonly algorithms?: readonly SignatureAlgorithmName[];
  /** Keys to sign with where none are made; absent: one of each algorithm that is there. */
  readonly keys?: readonly KeyUri[];
  /**
   * Whether test keys are made: `if-destroyable` leaves nothing behind, `always` leaves keys named `conformance-…` on a
   * device that cannot destroy them.
   */
  readonly makesKeys: "if-destroyable" | "always" | "never";
  /** 100 if absent. */
  readonly openings?: number;
  /** Signatures in flight at once; 64 if absent. */
  readonly parallel?: number;
  /** How long the soak signs; two seconds if absent. */
  readonly soakMilliseconds?: number;
  /** The deadline of one signature that the store was opened with; ten seconds if absent. */
  readonly deadlineMilliseconds?: number;
  /** How long the device may need to be there again after a hang or a removal; fifteen seconds if absent. */
  readonly returnMilliseconds?: number;
  /** No row takes longer; two minutes, and the soak's time, if absent. */
  readonly rowLimitMilliseconds?: number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Ends the kit early: no further row, and the test keys are destroyed. */
  readonly signal?: AbortSignal;
  readonly hooks?: ConformanceHooks;
}

/** What the kit cannot do to a device through its store; a row without its hook is not applicable, and says so. */
export interface ConformanceHooks {
  /** Opens the same device with a PIN that is wrong. It costs a try. */
  readonly wrongPin?: WrongPinHook;
  /** Ends one of the sessions behind the store's back; false if there was none. */
  readonly loseSession?: () => Promise<boolean> | boolean;
  /** Takes the device away; what it resolves to brings it back. Undefined if nobody did so. */
  readonly removeDevice?: () => Promise<(() => Promise<void>) | undefined>;
  /** Makes the driver silent; what it resolves to ends that. Undefined if there is no driver. */
  readonly hangDriver?: () => Promise<(() => Promise<void> | void) | undefined>;
  /** Makes a key with another program, under any label in UTF-8; without it a second store on the same device does. */
  readonly makeKeyElsewhere?: (label: string) => Promise<KeyUri>;
  /** Tries to take a private key out, by whatever the family has; must reject. */
  readonly exportPrivateKey?: (uri: KeyUri) => Promise<unknown>;
  /** A well-formed URI that names no key. */
  readonly unknownUri?: KeyUri;
  /** Files, sockets and processes in use; see `countOpenHandles`. Undefined where that cannot be known. */
  readonly countHandles?: () => number | undefined;
}

export interface WrongPinHook {
  open(): Promise<KeyStore>;
  /** How often the wrong PIN was handed out since the kit began. */
  timesRead(): number;
  /** As the device says, if it does. */
  remainingTries?(): Promise<number | undefined>;
}
