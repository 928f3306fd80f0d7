import { hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import type { NameInput } from "@yinxin/crypto/issuing";
import type { AuditActor } from "@yinxin/service-kit/audit";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import type { EnrolledCertificate } from "@yinxin/service-kit/enrolment";
import type { OpenKey } from "@yinxin/service-kit/key-rings";
import { refuse } from "@yinxin/service-kit/problems";

import type { Organization, SealFiles, SealId, SealRecord } from "../domain/seal.ts";
import { sealCodeOf, serialMax } from "../domain/seal-code.ts";
import { faceLineOf, sealNameOf, sealTypes } from "../domain/seal-type.ts";
import type { SealTypeNumber } from "../domain/seal-type.ts";
import { ownerRingDeclaration } from "../domain/seal-rings.ts";
import { sealValidity, wholeSecond } from "../domain/seal-validity.ts";
import { withMaker } from "./open-maker.ts";
import type { Maker, OpenMakerDeps } from "./open-maker.ts";
import type { SealFace } from "./seal-face.ts";
import { signSeal } from "./sign-seal.ts";

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

/**
 * Makes a seal for an organization: a key that only its owner's applications use, the owner's certificate, the face,
 * and the seal that the maker signs over all of it (GB/T 38540-2020 §6.2). It is active at once.
 *
 * Nothing is stored unless all of it is done. What a failure after the first checks leaves is a serial number that is
 * never used again, and perhaps a ring whose only key never became active and nobody can use.
 *
 * @throws Refusal `seal-exists`, `glyph-missing`, `seal-numbers-used-up`, `certificate-not-issued`; `scope-frozen` and what
 *   `KeyRings.open` refuses for the maker's key.
 */
export async function makeSeal(deps: MakeSealDeps, request: MakeSealRequest): Promise<SealRecord> {
  await checkRequest(deps, request);
  // Whether there is a maker who may sign is known before a number is taken and a key made.
  await withMaker(deps, () => Promise.resolve());
  const code = await takeCode(deps, request.divisionCode);
  const id: SealId = `seal_${hexOf(deps.randomBytes(16))}`;
  const name = request.name ?? sealNameOf(request.organization.name, request.type);
  const owner = await deps.rings.create(ownerRingDeclaration(id, name), { actor: request.actors.actor });
  const enrolled = await enrolCertificate(deps.authority, {
    profile: "seal-owner",
    subject: ownerName(request.organization, code),
    signer: owner.signer,
  });

  const createdAt = wholeSecond(deps.clock.now());
  const picture = deps.face.draw(faceTextOf(request, code), sealSizeMm);
  return withMaker(deps, async (maker) => {
    const seal: SealRecord = {
      id,
      code,
      name,
      type: request.type,
      organizationId: request.organization.id,
      status: "active",
      sizeMm: sealSizeMm,
      version: 1,
      ownerKeyVersion: owner.use.version,
      makerKeyVersion: maker.use.version,
      ...sealValidity(createdAt, enrolled.certificate.notAfter),
      certificate: enrolled.certificate.raw,
    };
    const files = { picture, seal: await signSeal(maker, seal, picture) };
    await storeSeal(deps, request, { seal, files, owner, enrolled, maker });
    return seal;
  });
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

interface MadeSeal {
  readonly seal: SealRecord;
  readonly files: SealFiles;
  readonly owner: OpenKey;
  readonly enrolled: EnrolledCertificate;
  readonly maker: Maker;
}

async function storeSeal(
  deps: MakeSealDeps,
  request: MakeSealRequest,
  { seal, files, owner, enrolled, maker }: MadeSeal,
): Promise<void> {
  const occurredAt = seal.validFrom;
  const { serialNumber, raw } = enrolled.certificate;
  await deps.store.transact(async (unit) => {
    await unit.rings.refuseFrozen([`unit:${seal.organizationId}`]);
    if (!(await unit.addSeal(seal, files))) throw sealExists(request);
    await unit.audit.append({
      action: "owner-certificate.enrolled",
      ...request.actors,
      subject: seal.id,
      occurredAt,
      key: owner.use,
      detail: {
        certificate_serial_number: serialNumber,
        certificate_digest: digestText("SM3", digest("SM3", raw)),
      },
    });
    const chain = enrolled.chain.map((certificate) => certificate.raw);
    await unit.rings.putCertificate(owner.use, raw, chain);
    await unit.rings.move(owner.use, "active", {
      at: occurredAt,
      reason: "seal made",
      actor: request.actors.actor,
    });
    await unit.audit.append({
      action: "seal.made",
      ...request.actors,
      subject: seal.id,
      occurredAt,
      key: maker.use,
      detail: {
        code: seal.code,
        type: seal.type,
        organization_id: seal.organizationId,
        certificate_serial_number: serialNumber,
        seal_digest: digestText("SM3", digest("SM3", files.seal)),
      },
    });
  });
}

function sealExists({ organization, type }: MakeSealRequest): Error {
  return refuse("seal-exists", `${organization.name} has a ${sealTypes[type].name} that is not revoked.`);
}
