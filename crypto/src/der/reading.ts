/** Why bytes are not DER; `trailing-bytes` and `truncated` are told apart because people fix them differently. */
export type DerErrorCode =
  | "der-truncated"
  | "der-trailing-bytes"
  | "der-bad-length"
  | "der-bad-tag"
  | "der-bad-value"
  | "der-too-deep"
  | "der-too-many-elements"
  | "der-unexpected";

/** The input is not the DER we expected; `offset` counts bytes from the start of the parsed input. */
export class DerError extends Error {
  readonly code: DerErrorCode;
  readonly offset: number;

  constructor(code: DerErrorCode, message: string, offset: number) {
    super(`${message} (at byte ${String(offset)})`);
    this.name = "DerError";
    this.code = code;
    this.offset = offset;
  }
}

/** Departures from DER whose meaning is beyond doubt, each with the clause of X.690 that it breaks. */
export const derQuirkClauses = {
  "ber-length": "X.690 §10.1",
  "ber-indefinite-length": "X.690 §10.1",
  "ber-constructed-string": "X.690 §10.2",
  "trailing-zeros": "X.690 §8.1",
  "boolean-not-ff": "X.690 §11.1",
  "integer-padded": "X.690 §8.3.2",
  "bits-padded": "X.690 §11.2",
  "default-encoded": "X.690 §11.5",
  "set-not-sorted": "X.690 §11.6",
  "time-form": "X.690 §11.7",
  "string-repertoire": "X.680 §41.4",
} as const;
export type DerQuirkCode = keyof typeof derQuirkClauses;

/** One departure that was tolerated; `offset` as in {@link DerError}. */
export interface DerQuirk {
  readonly code: DerQuirkCode;
  readonly offset: number;
}

/** `strict` refuses every departure; `lenient` reads on and lists each. */
export type DerProfile = "strict" | "lenient";

export interface DerLimits {
  readonly depth: number;
  readonly elements: number;
}

/** Deeper or wider than any certificate or seal seen; stops a nest of empty sequences from exhausting the stack. */
export const derLimits: DerLimits = { depth: 32, elements: 20_000 };

/** A hostile file could be one quirk after the other; a report needs no more of them. */
const maximumQuirks = 100;

export interface DerOptions {
  readonly profile?: DerProfile;
  /** Quirks that are accepted (and listed) even under `strict`, for structures that are met with them every day. */
  readonly tolerated?: readonly DerQuirkCode[];
  readonly limits?: DerLimits;
}

/** What all elements of one parse share. */
export interface DerReading {
  readonly profile: DerProfile;
  /** In the order met, at most a hundred. */
  readonly quirks: readonly DerQuirk[];
  /**
   * Notes a departure, or refuses it.
   *
   * @throws DerError with `refusal` where the profile does not tolerate it.
   */
  tolerate(code: DerQuirkCode, offset: number, refusal: DerErrorCode, message: string): void;
  /** @throws DerError `der-too-many-elements` */
  countElement(offset: number): void;
  readonly maximumDepth: number;
}

/** A fresh reading under these options. */
export function createReading(options: DerOptions): DerReading {
  const { profile = "strict", tolerated = [], limits = derLimits } = options;
  const quirks: DerQuirk[] = [];
  let elementCount = 0;
  return {
    profile,
    quirks,
    maximumDepth: limits.depth,
    tolerate: (code, offset, refusal, message) => {
      // Authorities write "*", "@" and "_" into PrintableStrings, and nobody reads another character for them.
      const isTolerated = profile === "lenient" || code === "string-repertoire" || tolerated.includes(code);
      if (!isTolerated) throw new DerError(refusal, message, offset);
      if (quirks.length < maximumQuirks) quirks.push({ code, offset });
    },
    countElement: (offset) => {
      elementCount += 1;
      if (elementCount > limits.elements) {
        throw new DerError("der-too-many-elements", "too many elements", offset);
      }
    },
  };
}
