import { digestAlgorithms } from "../algorithms/index.ts";
import { issueSignedData, prepareSignedData, contentTypes } from "../cms/index.ts";
import type { PreparedSignedData, SigningIdentity } from "../cms/index.ts";
import type { Signer } from "../signer/index.ts";
import { TimeStampError } from "./timestamp-error.ts";
import type { TimeStampRequest } from "./request.ts";
import { encodeTimeStampInfo } from "./token-info.ts";
import type { Accuracy } from "./token-info.ts";
import { tsaPurposeProblem } from "./tsa-purpose.ts";

export interface TokenToPrepare {
  readonly request: Pick<TimeStampRequest, "imprint" | "nonce" | "wantsCertificates">;
  readonly authority: SigningIdentity;
  /** Dotted decimal. */
  readonly policy: string;
  /** Never used before by this authority (RFC 3161 §2.4.2), up to 160 bits. */
  readonly serialNumber: bigint;
  /** From the authority's clock; kept to the millisecond. */
  readonly time: Date;
  readonly accuracy?: Accuracy;
  readonly isOrdered?: boolean;
  /** GeneralName, DER, to be put into the token. */
  readonly authorityName?: Uint8Array;
  /** DER, sent along if the request wants certificates. */
  readonly chain?: readonly Uint8Array[];
  readonly family?: "international" | "national";
}

class Prepared {
  readonly #signedData: PreparedSignedData;

  constructor(signedData: PreparedSignedData) {
    this.#signedData = signedData;
  }

  get signedData(): PreparedSignedData {
    return this.#signedData;
  }
}

/** A token that is checked and encoded but not signed. Only {@link prepareTimeStampToken} makes one. */
export type PreparedTimeStampToken = Prepared;

/**
 * Encodes what the authority will sign (RFC 3161 §2.4.2, with ESSCertIDv2 of RFC 5816 §2.2).
 *
 * @throws TimeStampError `timestamp-request-invalid` if the authority's certificate is no time stamper's or not valid at
 *   that time, or a value does not fit.
 */
export function prepareTimeStampToken(wanted: TokenToPrepare): PreparedTimeStampToken {
  const { request, authority, serialNumber, time, family } = wanted;
  checkAuthority(authority, time);
  checkImprint(request);
  if (serialNumber < 0n || serialNumber >= 1n << 160n) throw invalid("a serial number has up to 160 bits");
  const bytes = encodeTimeStampInfo({ ...wanted, imprint: request.imprint.raw, nonce: request.nonce });
  return new Prepared(
    prepareSignedData({
      content: { kind: "attached", bytes },
      contentType: contentTypes.tstInfo,
      ...(family !== undefined && { family }),
      signers: [{ identity: authority, flavour: "pades" }],
      certificates: request.wantsCertificates ? (wanted.chain ?? []) : [],
      leavesOutCertificates: !request.wantsCertificates,
    }),
  );
}

function checkImprint({ imprint: { algorithm, digest } }: Pick<TimeStampRequest, "imprint">): void {
  if (algorithm === undefined || digest.length !== digestAlgorithms[algorithm].lengthBytes) {
    throw invalid("the message imprint is of an unknown algorithm or has the wrong length");
  }
}

function checkAuthority({ certificate }: SigningIdentity, time: Date): void {
  if (Number.isNaN(time.getTime())) throw invalid("the time is not a time");
  if (time < certificate.notBefore || time > certificate.notAfter) {
    throw invalid("the authority's certificate is not valid at that time");
  }
  const problem = tsaPurposeProblem(certificate);
  if (problem !== undefined) throw invalid(problem);
}

function invalid(message: string): TimeStampError {
  return new TimeStampError("timestamp-request-invalid", message);
}

/**
 * Lets the authority sign. The token is verified and read back before it is returned.
 *
 * @throws CmsError `key-mismatch`, `signature-wrong`. Whatever the signer rejects with passes through.
 */
export function issueTimeStampToken(
  deps: { readonly signer: Signer },
  prepared: PreparedTimeStampToken,
): Promise<Uint8Array> {
  return issueSignedData({ signers: [deps.signer] }, prepared.signedData);
}
