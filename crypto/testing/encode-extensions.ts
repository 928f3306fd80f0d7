import {
  contextExplicit,
  contextImplicit,
  element,
  octetString,
  oid,
  sequence,
  smallInteger,
} from "../src/der/index.ts";
import { concatBytes, utf8Of } from "../src/bytes/index.ts";
import { commonName, extension } from "./fabricated-certificate.ts";

/** GeneralNames by their form. */
export const generalNames = {
  email: (text: string): Uint8Array => element(0x81, utf8Of(text)),
  dns: (text: string): Uint8Array => element(0x82, utf8Of(text)),
  uri: (text: string): Uint8Array => element(0x86, utf8Of(text)),
  ip: (...octets: readonly number[]): Uint8Array => element(0x87, Uint8Array.from(octets)),
  registeredId: (dotted: string): Uint8Array => element(0x88, oid(dotted).subarray(2)),
  /** A name of nothing but CN. */
  directory: (text: string): Uint8Array => contextExplicit(4, commonName(text)),
  other: (dotted: string): Uint8Array =>
    contextImplicit(0, concatBytes(oid(dotted), contextExplicit(0, octetString(Uint8Array.of(1)))), true),
};

export function subjectAltName(...names: readonly Uint8Array[]): Uint8Array {
  return extension("2.5.29.17", sequence(...names), false);
}

export function nameConstraints(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[] = [],
): Uint8Array {
  const subtrees = (number: number, names: readonly Uint8Array[]): Uint8Array[] =>
    names.length === 0
      ? []
      : [contextImplicit(number, concatBytes(...names.map((name) => sequence(name))), true)];
  return extension("2.5.29.30", sequence(...subtrees(0, permitted), ...subtrees(1, excluded)), true);
}

export function certificatePolicies(...policies: readonly string[]): Uint8Array {
  return extension("2.5.29.32", sequence(...policies.map((policy) => sequence(oid(policy)))), false);
}

export function policyMappings(...mappings: readonly (readonly [string, string])[]): Uint8Array {
  const encoded = mappings.map(([from, to]) => sequence(oid(from), oid(to)));
  return extension("2.5.29.33", sequence(...encoded), true);
}

export function policyConstraints(limits: { explicit?: number; mapping?: number }): Uint8Array {
  const members = [limits.explicit, limits.mapping].flatMap((value, number) =>
    value === undefined ? [] : [contextImplicit(number, smallInteger(value).subarray(2), false)],
  );
  return extension("2.5.29.36", sequence(...members), true);
}

export function inhibitAnyPolicy(value: number): Uint8Array {
  return extension("2.5.29.54", smallInteger(value), true);
}

export function extendedKeyUsage(...purposes: readonly string[]): Uint8Array {
  return extension("2.5.29.37", sequence(...purposes.map(oid)), false);
}

/** Distribution points of one address each, with the directory name of a list's issuer where it is another. */
export function crlDistributionPoints(
  ...points: readonly { url: string; issuer?: Uint8Array }[]
): Uint8Array {
  const encoded = points.map(({ url, issuer }) =>
    sequence(
      contextExplicit(0, contextImplicit(0, generalNames.uri(url), true)),
      ...(issuer === undefined ? [] : [contextImplicit(2, contextExplicit(4, issuer), true)]),
    ),
  );
  return extension("2.5.29.31", sequence(...encoded), false);
}
