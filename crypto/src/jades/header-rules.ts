import type { DigestName, SignatureAlgorithmName } from "../algorithms/index.ts";
import { bytesOfBase64, equalBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { bytesOfBase64Url, isJsonObject, jwsAlgorithms } from "../tokens/index.ts";
import type { JsonObject } from "../tokens/index.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";

/** The header parameters that ETSI TS 119 182-1 §5.2 defines; each one that is there must be critical. */
const etsiParameters = ["sigT", "x5t#o", "sigX5ts", "srCms", "sigPl", "srAts", "adoTst", "sigPId", "sigD"];

/** Those of them that are looked at here. A signature with another one, or with `b64`, is not judged by guess. */
export const understoodParameters: readonly string[] = ["x5t#o", "sigX5ts", "sigT"];

/** More certificates than any chain has. */
const maximumCertificates = 16;

/** ETSI TS 119 182-1 §5.2.2: the names of digests in `x5t#o`. */
const digestNames: Readonly<Record<string, DigestName>> = {
  S256: "SHA-256",
  S384: "SHA-384",
  S512: "SHA-512",
};

/** What the protected header says, if it keeps the rules of the baseline (ETSI TS 119 182-1 §6.3). */
export interface JadesHeader {
  readonly algorithm: SignatureAlgorithmName;
  /** The time the signer claims. */
  readonly claimedAt: Date;
  /** Whether a certificate is the one that the header binds. */
  readonly isSigner: (certificate: Certificate) => boolean;
  /** Those that came along. They are candidates, and trusted in nothing. */
  readonly certificates: readonly Certificate[];
}

/** The header, or the rule that it breaks. */
export function readJadesHeader(header: JsonObject): JadesHeader | { readonly broken: string } {
  const algorithm = algorithmOf(header["alg"]);
  const claimedAt = claimedTimeOf(header);
  const isSigner = bindingOf(header);
  const certificates = certificatesOf(header["x5c"]);
  if (algorithm === undefined) return { broken: "alg names no algorithm of ours" };
  if (!hasGoodType(header)) return { broken: "typ is that of another kind of JWS" };
  if (!listsEtsiParameters(header)) return { broken: "crit does not list every parameter of ETSI" };
  if (claimedAt === undefined) return { broken: "it has not exactly one claimed time" };
  if (isSigner === undefined)
    return { broken: "it has not exactly one reference to the signer's certificate" };
  if (certificates === undefined) return { broken: "x5c is not a list of certificates" };
  return { algorithm, claimedAt, isSigner, certificates };
}

function algorithmOf(alg: unknown): SignatureAlgorithmName | undefined {
  const names = Object.keys(jwsAlgorithms) as SignatureAlgorithmName[];
  return names.find((name) => jwsAlgorithms[name].alg === alg);
}

/** A token for signing on is no document, even if the same key signed it. */
function hasGoodType({ typ }: { readonly typ?: unknown }): boolean {
  return typ === undefined || typ === "jose" || typ === "jose+json";
}

function listsEtsiParameters(header: JsonObject): boolean {
  const critical: readonly unknown[] = Array.isArray(header["crit"]) ? header["crit"] : [];
  return etsiParameters.every((name) => !Object.hasOwn(header, name) || critical.includes(name));
}

/** `iat` (ETSI TS 119 182-1 §5.1.11), or in older signatures `sigT` (§5.2.1); never both. */
function claimedTimeOf({ iat, sigT }: { readonly iat?: unknown; readonly sigT?: unknown }): Date | undefined {
  if ((iat === undefined) === (sigT === undefined)) return undefined;
  if (iat !== undefined) return typeof iat === "number" && iat >= 0 ? new Date(iat * 1000) : undefined;
  const isTime = typeof sigT === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(sigT);
  return isTime && !Number.isNaN(Date.parse(sigT)) ? new Date(sigT) : undefined;
}

/** Exactly one of `x5t#S256`, `x5t#o` and `sigX5ts` (ETSI TS 119 182-1 §5.1.7, §5.2.2). */
function bindingOf(header: JsonObject): JadesHeader["isSigner"] | undefined {
  const present = ["x5t#S256", "x5t#o", "sigX5ts"].filter((name) => Object.hasOwn(header, name));
  const [name, ...more] = present;
  if (name === undefined || more.length > 0) return undefined;
  if (name === "x5t#S256") return bindingTo("SHA-256", header[name]);
  const references: readonly unknown[] = Array.isArray(header["sigX5ts"]) ? header["sigX5ts"] : [];
  const reference = name === "x5t#o" ? header[name] : references[0];
  const { digAlg, digVal } = isJsonObject(reference) ? reference : {};
  const algorithm =
    typeof digAlg === "string" && Object.hasOwn(digestNames, digAlg) ? digestNames[digAlg] : undefined;
  return algorithm && bindingTo(algorithm, digVal);
}

function bindingTo(algorithm: DigestName, encoded: unknown): JadesHeader["isSigner"] | undefined {
  const expected = typeof encoded === "string" ? decoded(() => bytesOfBase64Url(encoded)) : undefined;
  return expected && ((certificate) => equalBytes(digest(algorithm, certificate.raw), expected));
}

function certificatesOf(x5c: unknown): readonly Certificate[] | undefined {
  if (x5c === undefined) return [];
  const list: readonly unknown[] = Array.isArray(x5c) ? x5c : [];
  if (list.length === 0 || list.length > maximumCertificates) return undefined;
  const certificates = list.map((encoded) => {
    const der = typeof encoded === "string" ? decoded(() => bytesOfBase64(encoded)) : undefined;
    return der && readCertificate(der);
  });
  return certificates.every((certificate) => certificate !== undefined) ? certificates : undefined;
}

function readCertificate(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

function decoded(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
