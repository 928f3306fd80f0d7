import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyDescription, KeyStore, KeyUri } from "../key-store/index.ts";
import type { ConformanceHooks } from "./conformance-options.ts";
import type { Bilingual, Outcome } from "./conformance-row.ts";
import type { MadeKeys } from "./made-keys.ts";

/** What every exercise works with. */
export interface Trial {
  /** Opens the same device once more. */
  readonly openStore: () => Promise<KeyStore>;
  /** Stays open from the first exercise to the last. */
  readonly store: KeyStore;
  readonly keys: TrialKeys;
  /** All that the kit made so far, also within rows. */
  readonly made: MadeKeys;
  readonly hooks: ConformanceHooks;
  readonly limits: TrialLimits;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface TrialLimits {
  readonly openings: number;
  readonly parallel: number;
  readonly soakMilliseconds: number;
  readonly deadlineMilliseconds: number;
  readonly returnMilliseconds: number;
  readonly rowMilliseconds: number;
}

export interface TrialKeys {
  /** One of each algorithm, made by the kit or found. */
  readonly usable: readonly KeyDescription[];
  /** Made by the kit. */
  readonly made: ReadonlySet<KeyUri>;
  /** Named to sign with, and not there. */
  readonly absent: readonly KeyUri[];
  /** Algorithms that no key could be had for, and why. */
  readonly problems: readonly { readonly algorithm: SignatureAlgorithmName; readonly problem: string }[];
  /** Why the kit makes no keys; undefined if it does. */
  readonly notMade: Bilingual | undefined;
  /** The algorithm that further test keys are made for: the cheapest one that works. */
  readonly cheapest: SignatureAlgorithmName | undefined;
}

/** One promise of the key store, and how it is put to the test. */
export interface Exercise {
  readonly name: string;
  readonly title: Bilingual;
  /** What it throws is a failure of the store, and becomes the row's detail. */
  run(trial: Trial): Promise<Outcome>;
}

/** A label that no other run gives; of the form that Yinxin's own labels have. */
export function freshLabel(randomBytes: Trial["randomBytes"]): string {
  return `conformance-${hexOf(randomBytes(6))}`;
}

/** A message that says what it is, so that a signature by a key in use cannot be taken for a person's. */
export function testMessage(text: string): Uint8Array {
  return utf8Of(`Yinxin conformance test; not a document, not a promise: ${text}`);
}

/** The sentence of an error, with its code if it has one. */
export function sentenceOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? `${String(cause.code)}: ${cause.message}` : cause.message;
}

/** The stable code of an error of the key store or of Node. */
export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}

/** What a promise rejects with; undefined if it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<{ cause: unknown } | undefined> {
  try {
    await promise;
    return undefined;
  } catch (cause) {
    return { cause };
  }
}
