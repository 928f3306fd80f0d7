import { hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import type { NameInput } from "@yinxin/crypto/issuing";
import { issueSeal, prepareSeal } from "@yinxin/crypto/seal";
import type { Certificate } from "@yinxin/crypto/x509";
import type { AuditActor } from "@yinxin/service-kit/audit";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import { refuse } from "@yinxin/service-kit/problems";

import type { Organization, SealFiles, SealId, SealRecord } from "../domain/seal.ts";
import { sealCodeOf, serialMax } from "../domain/seal-code.ts";
import { faceLineOf, sealNameOf, sealTypes } from "../domain/seal-type.ts";
import type { SealTypeNumber } from "../domain/seal-type.ts";
import { sealValidity, wholeSecond } from "../domain/seal-validity.ts";
import { openMaker } from "./open-maker.ts";
import type { Maker, OpenMakerDeps } from "./open-maker.ts";
import type { SealFace } from "./seal-face.ts";

export interface MakeSealDeps extends OpenMakerDeps {
  readonly face: SealFace;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface MakeSealRequest {
  readonly organization: Organization;
  readonly type: SealTypeNumber;
  /** The usual name of the type if absent. */
  readonly name?: string;
  /** Six digits, GB/T 2260. */
  readonly divisionCode: string;
  readonly actors: AuditActor;
}

/** The diameter of a city department's or a county's seal. */
const sealSizeMm = 42;
/** Vid of the seals made here. */
const vendorId = "YINXIN";

/**
 * Makes a seal for an organization: a key that only its owner's applications use, the owner's certificate, the face,
 * and the seal that the maker signs over all of it (GB/T 38540-2020 §6.2). It is active at once.
 *
 * Nothing is stored unless all of it is done. What a failure after the first checks leaves is a serial number that is
 * never used again, and perhaps a key that no row names and nobody can use.
 *
 * @throws Refusal `seal-exists`, `glyph-missing`, `seal-numbers-used-up`, `certificate-not-issued`.
 */
export async function makeSeal(deps: MakeSealDeps, request: MakeSealRequest): Promise<SealRecord> {
  await checkRequest(deps, request);
  const maker = await openMaker(deps);
  const code = await takeCode(deps, request.divisionCode);
  const id: SealId = `seal_${hexOf(deps.randomBytes(16))}`;
  const keyUri = `file:${id.replace("_", "-")}`;
  const signer = await deps.keys.create(keyUri);
  const { certificate } = await enrolCertificate(deps.authority, {
    profile: "seal-owner",
    subject: ownerName(request.organization, code),
    signer,
  });

  const createdAt = wholeSecond(deps.clock.now());
  const seal: SealRecord = {
    id,
    code,
    name: request.name ?? sealNameOf(request.organization.name, request.type),
    type: request.type,
    organizationId: request.organization.id,
    status: "active",
    ...sealValidity(createdAt, certificate.notAfter),
    sizeMm: sealSizeMm,
    keyUri,
    certificate: certificate.raw,
  };
  const picture = deps.face.draw(faceTextOf(request, code), sealSizeMm);
  const files = { picture, seal: await signSeal(maker, seal, picture) };
  await storeSeal(deps, request, { seal, files, certificate, createdAt });
  return seal;
}

/** Everything that can be wrong with the request, before anything is made for it. */
async function checkRequest(deps: MakeSealDeps, request: MakeSealRequest): Promise<void> {
  deps.face.check(faceTextOf(request, "0123456789"));
  const { organization, type } = request;
  if (sealTypes[type].isSingle && (await deps.store.hasUnrevoked(organization.id, type))) {
    throw sealExists(request);
  }
}

async function takeCode(deps: MakeSealDeps, divisionCode: string): Promise<string> {
  const serial = await deps.store.takeSerial(divisionCode);
  if (serial > serialMax) {
    throw refuse("seal-numbers-used-up", `The division ${divisionCode} has no serial numbers left.`);
  }
  return sealCodeOf(divisionCode, serial);
}

/** The national practice: O is the unified social credit code and at once the unit's name, CN the seal's code. */
function ownerName({ uscc, name }: Organization, code: string): NameInput {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: `${uscc}${name}` },
    { type: "CN", value: code },
  ];
}

function faceTextOf(
  { organization, type }: MakeSealRequest,
  code: string,
): { name: string; line?: string; code: string } {
  const line = faceLineOf(type);
  return { name: organization.name, code, ...(line !== undefined && { line }) };
}

function signSeal(maker: Maker, seal: SealRecord, picture: Uint8Array): Promise<Uint8Array> {
  const prepared = prepareSeal({
    code: seal.code,
    name: seal.name,
    type: seal.type,
    signerCertificates: [seal.certificate],
    createdAt: seal.validFrom,
    validFrom: seal.validFrom,
    validUntil: seal.validUntil,
    picture: { type: "PNG", data: picture, widthMm: seal.sizeMm, heightMm: seal.sizeMm },
    vendorId,
    makerCertificate: maker.certificate.raw,
  });
  return issueSeal({ maker: maker.signer }, prepared);
}

async function storeSeal(
  deps: MakeSealDeps,
  request: MakeSealRequest,
  made: {
    readonly seal: SealRecord;
    readonly files: SealFiles;
    readonly certificate: Certificate;
    readonly createdAt: Date;
  },
): Promise<void> {
  const { seal, files, certificate, createdAt } = made;
  await deps.store.transact(async (unit) => {
    if (!(await unit.addSeal(seal, files))) throw sealExists(request);
    await unit.audit.append({
      action: "seal.made",
      ...request.actors,
      subject: seal.id,
      occurredAt: createdAt,
      detail: {
        code: seal.code,
        type: seal.type,
        organization_id: seal.organizationId,
        certificate_serial_number: certificate.serialNumber,
        seal_digest: digestText("SM3", digest("SM3", files.seal)),
      },
    });
  });
}

function sealExists({ organization, type }: MakeSealRequest): Error {
  return refuse("seal-exists", `${organization.name} has a ${sealTypes[type].name} that is not revoked.`);
}
