import { base64Of, utf8Of } from "../bytes/index.ts";
import { boxText } from "./box.ts";
import type { OfdStamp } from "./ofd-package.ts";
import { attributesText, escapeXml } from "./xml-write.ts";

/** Who made the signature, for the reader's signature panel; `SignedInfo/Provider`. */
export interface SignatureProvider {
  readonly name: string;
  readonly company: string;
  readonly version: string;
}

/** What a new Signature.xml says; parts are paths without a leading slash. */
export interface NewSignature {
  readonly provider: SignatureProvider;
  readonly signatureMethodOid: string;
  readonly signedAt: Date;
  /** A name or OID for `CheckMethod`. */
  readonly checkMethod: string;
  readonly references: readonly { readonly part: string; readonly digest: Uint8Array }[];
  readonly stamps: readonly OfdStamp[];
  readonly sealPart: string;
  readonly signedValuePart: string;
}

/** What every part of ours begins with. */
export const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n';
export const ofdNamespaceAttribute = 'xmlns:ofd="http://www.ofdspec.org/2016"';

/** Signature.xml with its elements in the schema's order, GB/T 33190-2016 ch. 18. */
export function encodeSignatureXml(signature: NewSignature): Uint8Array {
  const { provider, stamps, references } = signature;
  const providerAttributes = {
    ProviderName: provider.name,
    Version: provider.version,
    Company: provider.company,
  };
  return utf8Of(
    [
      `${xmlHead}<ofd:Signature ${ofdNamespaceAttribute}>`,
      "<ofd:SignedInfo>",
      `<ofd:Provider${attributesText(providerAttributes)}/>`,
      `<ofd:SignatureMethod>${escapeXml(signature.signatureMethodOid)}</ofd:SignatureMethod>`,
      `<ofd:SignatureDateTime>${signatureDateTime(signature.signedAt)}</ofd:SignatureDateTime>`,
      `<ofd:References${attributesText({ CheckMethod: signature.checkMethod })}>`,
      ...references.map(referenceText),
      "</ofd:References>",
      ...stamps.map(stampText),
      `<ofd:Seal><ofd:BaseLoc>${escapeXml(`/${signature.sealPart}`)}</ofd:BaseLoc></ofd:Seal>`,
      "</ofd:SignedInfo>",
      `<ofd:SignedValue>${escapeXml(`/${signature.signedValuePart}`)}</ofd:SignedValue>`,
      "</ofd:Signature>",
    ].join(""),
  );
}

/** The form most products write and all read: UTC to the second, `20261121020304Z`. */
function signatureDateTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
}

function referenceText({ part, digest }: { readonly part: string; readonly digest: Uint8Array }): string {
  const attributes = attributesText({ FileRef: `/${part}` });
  return `<ofd:Reference${attributes}><ofd:CheckValue>${base64Of(digest)}</ofd:CheckValue></ofd:Reference>`;
}

function stampText({ id, pageId, boundary, clip }: OfdStamp): string {
  const attributes = {
    ID: id,
    PageRef: pageId,
    Boundary: boxText(boundary),
    ...(clip === undefined ? {} : { Clip: boxText(clip) }),
  };
  return `<ofd:StampAnnot${attributesText(attributes)}/>`;
}
