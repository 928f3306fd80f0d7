import { readSignatureScheme } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import {
  DerError,
  parseDer,
  readBitString,
  readChildren,
  readOid,
  readSmallInteger,
  readTime,
  tags,
} from "../der/index.ts";
import { parseExtensions, parseName, X509Error } from "../x509/index.ts";
import type { Extension } from "../x509/index.ts";
import type { CertificateList } from "./certificate-list.ts";
import { CertificateListError } from "./certificate-list-error.ts";
import { rawOf, spanAt, spansIn } from "./der-spans.ts";
import type { DerSpan } from "./der-spans.ts";
import { readEntries } from "./list-entries.ts";
import { readListExtensions, unknownCriticalIn } from "./list-extensions.ts";

/**
 * A list of a million certificates has about this size; whoever needs more asks by OCSP. Whoever judges by lists of more
 * than a quarter of it gives the judgement a budget of more bytes than the default.
 */
export const largestList = 64 * 1024 * 1024;

/**
 * Reads a certificate revocation list in DER (RFC 5280 §5.1): complete or delta, direct or indirect.
 *
 * The signature is not checked here. A critical extension that is unknown is no error: the list can be shown, but nobody
 * relies on it.
 *
 * @throws CertificateListError
 */
export function parseCertificateList(der: Uint8Array): CertificateList {
  if (der.length > largestList) throw new CertificateListError("list-too-large", "larger than 64 MiB");
  try {
    // A copy, so that nobody can change a list after it was judged.
    return readList(Uint8Array.from(der));
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof X509Error)) throw cause;
    throw new CertificateListError("list-malformed", `not a revocation list: ${cause.message}`, { cause });
  }
}

function readList(bytes: Uint8Array): CertificateList {
  const root = spanAt(bytes, 0, bytes.length);
  if (root.end !== bytes.length) throw new DerError("der-trailing-bytes", "bytes follow the list", root.end);
  const [tbs, algorithm, signature, ...more] = membersOf(bytes, root);
  if (tbs === undefined || algorithm === undefined || signature === undefined || more.length > 0)
    throw incomplete(root);
  const algorithmElement = parseDer(rawOf(bytes, algorithm));
  const [algorithmId] = readChildren(algorithmElement);
  if (algorithmId === undefined) throw incomplete(algorithm);
  return {
    raw: bytes,
    tbs: rawOf(bytes, tbs),
    ...readContents(bytes, tbs, rawOf(bytes, algorithm)),
    signatureScheme: readSignatureScheme(algorithmElement),
    signatureAlgorithmOid: readOid(algorithmId),
    signature: readBitString(parseDer(rawOf(bytes, signature))),
  };
}

type Contents = Omit<
  CertificateList,
  "raw" | "tbs" | "signatureScheme" | "signatureAlgorithmOid" | "signature"
>;

/** TBSCertList */
function readContents(bytes: Uint8Array, tbs: DerSpan, outerAlgorithm: Uint8Array): Contents {
  const members = membersOf(bytes, tbs);
  const take = (isWanted: (tag: number) => boolean): DerSpan | undefined =>
    members[0] !== undefined && isWanted(members[0].tag) ? members.shift() : undefined;
  const version = readVersion(
    bytes,
    take((tag) => tag === tags.integer),
  );
  const [algorithm, issuerSpan, thisUpdate] = members.splice(0, 3);
  if (algorithm === undefined || issuerSpan === undefined || thisUpdate === undefined) throw incomplete(tbs);
  if (!equalBytes(rawOf(bytes, algorithm), outerAlgorithm)) {
    // RFC 5280 §5.1.1.2: the outer one is not signed, so it must not be able to say anything else.
    throw new CertificateListError("list-algorithm-mismatch", "the two signature algorithms differ");
  }
  const nextUpdate = take((tag) => tag === tags.utcTime || tag === tags.generalizedTime);
  const revoked = take((tag) => tag === tags.sequence);
  const wrapper = take((tag) => tag === 0xa0);
  if (members.length > 0) throw incomplete(tbs);
  const issuer = parseName(parseDer(rawOf(bytes, issuerSpan)));
  const { entries, entryCount, unknownCritical } =
    revoked === undefined ? noEntries : readEntries(bytes, revoked, issuer);
  const extensions = readWrappedExtensions(bytes, wrapper, version);
  return {
    version,
    issuer,
    thisUpdate: readTime(parseDer(rawOf(bytes, thisUpdate))),
    ...(nextUpdate && { nextUpdate: readTime(parseDer(rawOf(bytes, nextUpdate))) }),
    entries,
    entryCount,
    ...readListExtensions(extensions),
    unknownCriticalExtensions: [...unknownCriticalIn(extensions), ...unknownCritical],
  };
}

function readWrappedExtensions(
  bytes: Uint8Array,
  wrapper: DerSpan | undefined,
  version: 1 | 2,
): readonly Extension[] {
  if (wrapper === undefined) return [];
  if (version === 1) throw new CertificateListError("list-version", "only version 2 has extensions");
  return parseExtensions(onlyMember(rawOf(bytes, wrapper)));
}

const noEntries = { entries: new Map<string, never>(), entryCount: 0, unknownCritical: [] };

function readVersion(bytes: Uint8Array, span: DerSpan | undefined): 1 | 2 {
  if (span === undefined) return 1;
  if (readSmallInteger(parseDer(rawOf(bytes, span))) !== 1) {
    throw new CertificateListError("list-version", "the version is unknown");
  }
  return 2;
}

function membersOf(bytes: Uint8Array, span: DerSpan): DerSpan[] {
  if (span.tag !== tags.sequence) throw incomplete(span);
  return [...spansIn(bytes, span)];
}

function onlyMember(wrapper: Uint8Array): ReturnType<typeof parseDer> {
  const element = parseDer(wrapper);
  const [member, ...more] = element.children;
  if (member === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "extensions are one member", element.offset);
  }
  return member;
}

function incomplete({ start }: DerSpan): DerError {
  return new DerError("der-unexpected", "members are missing, or there are too many", start);
}
