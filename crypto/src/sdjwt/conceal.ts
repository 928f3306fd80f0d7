import { isJsonObject } from "../tokens/index.ts";
import type { JsonObject } from "../tokens/index.ts";
import { createDisclosure, digestOfDisclosure, saltBytes } from "./disclosure.ts";
import type { Disclosure } from "./disclosure.ts";
import type { DigestName } from "../algorithms/index.ts";

/** The way to a claim: names of members and indexes of elements, from the top. */
export type ClaimPath = readonly (string | number)[];

export interface Concealment {
  readonly algorithm: DigestName;
  readonly randomBytes: (size: number) => Uint8Array;
  /**
   * What the holder may keep to themselves. A path inside another one makes a disclosure within a disclosure (RFC 9901
   * §4.2.6).
   */
  readonly concealed: readonly ClaimPath[];
  /** How many digests of nothing each object with concealed members gets, so that their number tells less (RFC 9901 §4.2.5). */
  readonly decoys: number;
}

/**
 * The claims with digests in place of what is concealed, and the disclosures (RFC 9901 §4.2.4).
 *
 * @throws RangeError if a path leads nowhere, so that nothing stays open by a slip of the pen.
 */
export function concealClaims(
  claims: JsonObject,
  concealment: Concealment,
): { payload: JsonObject; disclosures: readonly Disclosure[] } {
  const left = new Set(concealment.concealed.map(keyOf));
  const disclosures: Disclosure[] = [];
  const disclose = (name: string | undefined, value: unknown): string => {
    const disclosure = createDisclosure(concealment.randomBytes(saltBytes), name, value);
    disclosures.push(disclosure);
    return digestOfDisclosure(disclosure.encoded, concealment.algorithm);
  };
  const isConcealed = (path: ClaimPath): boolean => left.delete(keyOf(path));
  const concealValue = (value: unknown, path: ClaimPath): unknown => {
    if (Array.isArray(value)) return value.map((element, index) => concealElement(element, [...path, index]));
    return isJsonObject(value) ? concealMembers(value, path) : value;
  };
  const concealElement = (element: unknown, path: ClaimPath): unknown => {
    const inner = concealValue(element, path);
    return isConcealed(path) ? { "...": disclose(undefined, inner) } : inner;
  };
  const concealMembers = (members: JsonObject, path: ClaimPath): JsonObject => {
    const open: [string, unknown][] = [];
    const digests: string[] = [];
    for (const [name, value] of Object.entries(members)) {
      if (name === "_sd" || name === "...") throw new RangeError(`no claim may be called ${name}`);
      const inner = concealValue(value, [...path, name]);
      if (isConcealed([...path, name])) digests.push(disclose(name, inner));
      else open.push([name, inner]);
    }
    if (digests.length > 0) digests.push(...decoyDigests(concealment));
    // In the order of their digests: that of the claims would say which is which.
    if (digests.length > 0) open.push(["_sd", digests.sort()]);
    return Object.fromEntries(open);
  };
  const payload = concealMembers(claims, []);
  if (left.size > 0) throw new RangeError(`there is no claim ${[...left].join(", ")} to conceal`);
  return { payload, disclosures };
}

/** Digests of salts alone: nobody can tell them from the others. */
function decoyDigests({ decoys, algorithm, randomBytes }: Concealment): string[] {
  return Array.from({ length: decoys }, () => {
    const { encoded } = createDisclosure(randomBytes(saltBytes), undefined, null);
    return digestOfDisclosure(encoded, algorithm);
  });
}

function keyOf(path: ClaimPath): string {
  return JSON.stringify(path);
}
