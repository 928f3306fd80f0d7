import { signatureAlgorithms } from "../src/algorithms/index.ts";
import { bytesOfBase64 } from "../src/bytes/index.ts";
import {
  encodeMakerSignedBytes,
  encodeSeal,
  encodeSealInfo,
  encodeSealSignature,
  encodeSealSignatureContent,
} from "../src/seal/index.ts";
import type { SealExtension, SealInfo, SealProperty, SealSigners, SealVersion } from "../src/seal/index.ts";
import type { TestIdentity } from "./test-authority.ts";

/** A one-pixel PNG: the smallest face a seal can have. */
export const smallestPicture: Uint8Array = bytesOfBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
);

export interface SealWishes {
  readonly version?: SealVersion;
  /** Gives the token for a signature value. */
  readonly timeStamp?: (signature: Uint8Array) => Promise<Uint8Array>;
  readonly signers: SealSigners;
  readonly code?: string;
  readonly name?: string;
  readonly property?: Partial<SealProperty>;
  readonly extensions?: readonly SealExtension[];
  /** Another certificate in the maker's place than the key's own. */
  readonly makerCertificate?: Uint8Array;
  readonly algorithmOid?: string;
}

/**
 * A seal with a right signature and whatever content a test wishes for, sensible or not. `prepareSeal` and `issueSeal`
 * would refuse much of it.
 */
export async function forgeSeal(maker: TestIdentity, wishes: SealWishes): Promise<Uint8Array> {
  const { signers, version = 4, code = "11000000000001", name = "测试市审批局" } = wishes;
  const { property, extensions } = wishes;
  const content: Omit<SealInfo, "raw"> = {
    header: { id: "ES", version, vendorId: "YINXIN" },
    code,
    property: {
      type: 1,
      name,
      signers,
      createdAt: new Date("2025-06-01T00:00:00Z"),
      validFrom: new Date("2025-06-01T00:00:00Z"),
      validUntil: new Date("2035-06-01T00:00:00Z"),
      ...property,
    },
    picture: { type: "PNG", data: smallestPicture, widthMm: 42, heightMm: 42 },
    ...(extensions !== undefined && { extensions }),
  };
  const signed = {
    info: encodeSealInfo(content),
    makerCertificate: wishes.makerCertificate ?? maker.certificate.raw,
    signatureAlgorithmOid: wishes.algorithmOid ?? signatureAlgorithms.SM2.oid,
  };
  const signature = await maker.signer.sign({ message: encodeMakerSignedBytes(version, signed) });
  const timeStamp = await wishes.timeStamp?.(signature);
  return encodeSeal({ version, ...signed, signature, ...(timeStamp !== undefined && { timeStamp }) });
}

export interface SealSignatureWishes {
  readonly seal: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly propertyInfo: string;
  readonly signedAt?: Date;
  readonly version?: number;
  readonly extensions?: readonly SealExtension[];
  /** Another certificate in the signer's place than the key's own. */
  readonly signerCertificate?: Uint8Array;
  /** A token, or what gives one for the signature value. */
  readonly timeStamp?: Uint8Array | ((signature: Uint8Array) => Promise<Uint8Array>);
  /** What to do to the value before it is written, e.g. to make it raw. */
  readonly rewrite?: (value: Uint8Array) => Uint8Array;
}

/** A seal signature with a right value over whatever content a test wishes for. */
export async function forgeSealSignature(
  signer: TestIdentity,
  wishes: SealSignatureWishes,
): Promise<Uint8Array> {
  const { seal, dataHash, propertyInfo, version = 4, extensions, timeStamp } = wishes;
  const time = wishes.signedAt ?? new Date("2026-11-21T02:02:11Z");
  const signerCertificate = wishes.signerCertificate ?? signer.certificate.raw;
  const signatureAlgorithmOid = signatureAlgorithms.SM2.oid;
  const toBeSigned = encodeSealSignatureContent({
    version,
    seal: { raw: seal },
    time,
    dataHash,
    propertyInfo,
    signerCertificate,
    signatureAlgorithmOid,
    ...(extensions !== undefined && { extensions }),
  });
  const value = await signer.signer.sign({ message: toBeSigned });
  const signature = wishes.rewrite === undefined ? value : wishes.rewrite(value);
  const token = timeStamp instanceof Uint8Array ? timeStamp : await timeStamp?.(signature);
  return encodeSealSignature({
    version,
    toBeSigned,
    signerCertificate,
    signatureAlgorithmOid,
    signature,
    ...(token !== undefined && { timeStamp: token }),
  });
}
