import { CmsError, contentTypes, parseSignedData } from "../cms/index.ts";
import type { SignedData, SignerInfo } from "../cms/index.ts";
import { DerError, parseDer } from "../der/index.ts";
import type { DerProfile } from "../der/index.ts";
import { TimeStampError } from "./timestamp-error.ts";
import { readTimeStampInfo } from "./token-info.ts";
import type { TimeStampInfo } from "./token-info.ts";

/** A time stamp token: TSTInfo signed by one authority (RFC 3161 §2.4.2, GM/T 0033-2014). */
export interface TimeStampToken {
  /** ContentInfo, DER. */
  readonly raw: Uint8Array;
  readonly info: TimeStampInfo;
  readonly signedData: SignedData;
  readonly signer: SignerInfo;
}

/** Tokens have 1 to 10 KiB; those that carry revocation lists are larger. */
const maximumTokenBytes = 16 * 1024 * 1024;

/**
 * Reads a token. The envelope may have the object identifiers of RFC 5652 or of GB/T 35275-2017; the content type is
 * TSTInfo's in both.
 *
 * @throws TimeStampError `timestamp-format`
 */
export function parseTimeStampToken(
  der: Uint8Array,
  options: { readonly profile?: DerProfile } = {},
): TimeStampToken {
  if (der.length > maximumTokenBytes) throw new TimeStampError("timestamp-format", "larger than 16 MiB");
  try {
    return readToken(parseSignedData(der, options), options.profile ?? "strict");
  } catch (cause) {
    if (!(cause instanceof CmsError) && !(cause instanceof DerError)) throw cause;
    throw new TimeStampError("timestamp-format", `not a time stamp token: ${cause.message}`, { cause });
  }
}

function readToken(signedData: SignedData, profile: DerProfile): TimeStampToken {
  const { contentType, content, signers } = signedData;
  if (contentType !== contentTypes.tstInfo || content === undefined) {
    throw new TimeStampError("timestamp-format", "the content is not a TSTInfo");
  }
  const [signer, ...others] = signers;
  if (signer === undefined || others.length > 0) {
    // RFC 3161 §2.4.2: it must not contain any signatures other than that of the TSA.
    throw new TimeStampError("timestamp-format", "a token has exactly one signer");
  }
  const info = readTimeStampInfo(parseDer(content, { profile, tolerated: ["default-encoded"] }));
  return { raw: signedData.raw, info, signedData, signer };
}
