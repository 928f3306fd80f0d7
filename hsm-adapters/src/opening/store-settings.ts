import type { DeviceConnection } from "../driver/index.ts";
import type { PinSource } from "../pin/index.ts";
import type { TokenEvent } from "../token/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";

/** How one store is driven, beyond what its URI says. */
export interface StoreSettings {
  /** In production mode PINs from the factory are refused. */
  readonly mode: "production" | "sandbox";
  readonly sessions?: number;
  readonly deadlineMilliseconds?: number;
  readonly generationMilliseconds?: number;
  /** Every variable that the vendor's library sees, such as SOFTHSM2_CONF. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  /** Further members of the driver's configuration, as its family has them. */
  readonly driver?: Readonly<Record<string, unknown>>;
}

/** What happened to a device: {@link TokenEvent} with the store's name, or a line that its driver wrote. Holds no secret. */
export type OpeningEvent =
  | (TokenEvent & { readonly store: string })
  | { readonly event: "driver-said"; readonly store: string; readonly line: string };

/** What opening works with. */
export interface OpeningDeps {
  /** JavaScript of the driver host; `driverHostProgram()` if absent. */
  readonly driverHostProgram?: string;
  /** Verifies what the stores sign; whoever opens them closes it after them. */
  readonly verifier: SignatureVerifier;
  readonly randomBytes: (length: number) => Uint8Array;
  /** For `pin-source=prompt:`; without it nobody is asked. */
  readonly prompt?: PinSource;
  /** Whether the last try before a PIN locks may be used. */
  readonly allowLastTry?: boolean;
  readonly log?: (event: OpeningEvent) => void;
  /** Stands between a store and each of its driver hosts: for drills and the conformance kit. */
  readonly intercept?: (connection: DeviceConnection) => DeviceConnection;
}
