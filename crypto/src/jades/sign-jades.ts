import type { DigestName } from "../algorithms/index.ts";
import { base64Of, equalBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import type { Signer } from "../signer/index.ts";
import { base64UrlOf, signCompactJws } from "../tokens/index.ts";
import type { Certificate } from "../x509/index.ts";
import { JadesError } from "./jades-error.ts";
import { parseJades, writeJades } from "./jades-signature.ts";

export interface JadesOrder {
  readonly signer: Signer;
  /** Of the signer's key. */
  readonly certificate: Certificate;
  /** Sent along behind it, so that a verifier can find the way to its anchor. DER. */
  readonly chain?: readonly Uint8Array[];
  readonly payload: Uint8Array;
  /** The media type of the payload, `cty`. Left out for JSON claims and other payloads that say themselves what they are. */
  readonly contentType?: string;
  /** The time the signer claims, in whole seconds. */
  readonly signedAt: Date;
}

/**
 * A baseline B-B signature in the compact serialization (ETSI TS 119 182-1 §6.3): `alg`, `cty`, the claimed time as `iat`
 * and the certificate as `x5c`, bound by `x5t#S256`. None of these is an ETSI header, so `crit` is absent, and every JOSE library
 * can check the signature.
 *
 * @throws JadesError `jades-key-mismatch` if the certificate is of another key; SignerError `signature-wrong`.
 */
export async function signJades(order: JadesOrder): Promise<string> {
  const { signer, certificate, chain = [], payload, contentType, signedAt } = order;
  if (!equalBytes(signer.publicKey, certificate.publicKey)) {
    throw new JadesError("jades-key-mismatch", "the certificate is not of the key that signs");
  }
  const header = {
    ...(contentType !== undefined && { cty: contentType }),
    iat: Math.floor(signedAt.getTime() / 1000),
    x5c: [certificate.raw, ...chain].map(base64Of),
    "x5t#S256": base64UrlOf(digest("SHA-256", certificate.raw)),
  };
  return signCompactJws(signer, header, payload);
}

/** Somewhere a time stamp is made: it gets a digest and gives a token of RFC 3161, DER. */
export type TimeStamper = (imprint: {
  readonly algorithm: DigestName;
  readonly digest: Uint8Array;
}) => Promise<Uint8Array>;

/**
 * The signature with a time stamp over its value: level B-T, in the JSON serialization, since the stamp stands beside what
 * is signed (ETSI TS 119 182-1 §5.3.4).
 *
 * @param text a JAdES signature in any serialization that is read here.
 * @throws JadesError `jades-malformed`; whatever the stamper rejects with passes through.
 */
export async function extendJadesToT(
  text: string,
  stamper: TimeStamper,
  algorithm: DigestName = "SHA-256",
): Promise<string> {
  const signature = parseJades(text);
  if (signature.otherComponents.length > 0) {
    throw new JadesError("jades-malformed", "it has components that would be lost");
  }
  const token = await stamper({ algorithm, digest: stampedDigestOf(signature.jws, algorithm) });
  return writeJades({ jws: signature.jws, timeStamps: [...signature.timeStamps, token] });
}

/** What a signature time stamp is over: the signature value as it stands, base64url (ETSI TS 119 182-1 §5.3.4). */
export function stampedDigestOf(
  { encodedSignature }: { readonly encodedSignature: string },
  algorithm: DigestName,
): Uint8Array {
  return digest(algorithm, utf8Of(encodedSignature));
}

/** The compact form as JSON, flattened, for receivers that take only that. @throws JadesError `jades-malformed`. */
export function flattenedJades(compact: string): string {
  return writeJades({ jws: parseJades(compact).jws, timeStamps: [] });
}
