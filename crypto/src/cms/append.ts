import { sequence, setOf, smallInteger } from "../der/index.ts";
import { implicitSetOf } from "./attributes.ts";
import { CmsError } from "./cms-error.ts";
import { distinct, optionalSet, wrapSignedData } from "./encode-signed-data.ts";
import { signedDataVersion } from "./parse-signed-data.ts";
import type { SignedData, SignerInfo } from "./signed-data.ts";

/** What can be put to a SignedData without touching what anybody signed. */
export interface Additions {
  /** Attributes for the unsigned set of one signer, DER. */
  readonly unsignedAttributes?: { readonly signer: SignerInfo; readonly attributes: readonly Uint8Array[] };
  /** CertificateChoices, DER; those that are there already are not put in twice. */
  readonly certificates?: readonly Uint8Array[];
  /** RevocationInfoChoices, DER. */
  readonly revocations?: readonly Uint8Array[];
}

/**
 * The same SignedData with more in it. Everything signed stays the bytes it was; the envelope around it is written
 * anew, in DER, with the version number that its members ask for (RFC 5652 §5.1).
 *
 * @throws CmsError `cms-request-invalid` if the signer is not one of this SignedData.
 */
export function appendToSignedData(signedData: SignedData, additions: Additions): Uint8Array {
  const { unsignedAttributes } = additions;
  if (unsignedAttributes !== undefined && !signedData.signers.includes(unsignedAttributes.signer)) {
    throw new CmsError("cms-request-invalid", "the signer is not one of this signature");
  }
  const certificates = distinct([...signedData.certificates, ...(additions.certificates ?? [])]);
  const revocations = distinct([
    ...signedData.revocations.map(({ raw }) => raw),
    ...(additions.revocations ?? []),
  ]);
  const version = signedDataVersion({
    contentType: signedData.contentType,
    certificates,
    revocations: revocations.map((raw) => ({ raw })),
    signers: signedData.signers,
  });
  return wrapSignedData(signedData.family, [
    smallInteger(version),
    signedData.digestAlgorithmsRaw,
    signedData.encapsulatedContentRaw,
    ...optionalSet(0, certificates),
    ...optionalSet(1, revocations),
    setOf(
      ...signedData.signers.map((signer) =>
        signer === unsignedAttributes?.signer
          ? withUnsignedAttributes(signer, unsignedAttributes.attributes)
          : signer.raw,
      ),
    ),
  ]);
}

function withUnsignedAttributes(signer: SignerInfo, added: readonly Uint8Array[]): Uint8Array {
  const attributes = [...signer.unsignedAttributes.map(({ raw }) => raw), ...added];
  return sequence(...signer.signedMembers, implicitSetOf(1, attributes));
}
