import { base64Of, hexOf } from "@yinxin/crypto/bytes";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { KnownAuthorities } from "@yinxin/service-kit/known-authorities";
import { refuse } from "@yinxin/service-kit/problems";

import { checkpointRing } from "../domain/checkpoint-ring.ts";
import type { DocumentFont } from "../domain/document-font.ts";
import { fieldsRootOf, saltBytes, saltFields } from "../domain/field-commitment.ts";
import { createLicenseDocument, sealPlacement } from "../domain/license-document.ts";
import type { LicenseDocument } from "../domain/license-document.ts";
import { fieldsOf } from "../domain/license-fields.ts";
import { createSerial, formatLicenseIdentifier } from "../domain/license-identifier.ts";
import { encodeIssueLeaf, fileDigestsOf } from "../domain/license-leaf.ts";
import type { LicenseContent, LicenseId } from "../domain/license.ts";
import { checkSealedDocument } from "../domain/sealed-document.ts";
import type { LedgerStore, LicenseRecord } from "./ledger-store.ts";
import { proveLeaf } from "./prove-leaf.ts";
import type { LeafProof } from "./prove-leaf.ts";
import type { PublishCheckpointDeps } from "./publish-checkpoint.ts";
import type { SealApplier } from "./seal-applier.ts";

export interface IssueLicenseDeps extends PublishCheckpointDeps {
  readonly seals: SealApplier;
  /** What a sealed document is believed by. */
  readonly authorities: KnownAuthorities;
  readonly font: DocumentFont;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface IssueLicenseRequest {
  readonly content: LicenseContent;
  readonly sealId: string;
  readonly actors: AuditActor;
  /** For whom a person acts; absent for a system, which issues for every authority that it serves. */
  readonly organizationId?: string;
}

export interface IssuedLicense {
  readonly license: LicenseRecord;
  readonly proof: LeafProof;
}

/**
 * Issues a license: makes its document, has it sealed, checks what came back, and records it as a leaf that commits to the
 * same data and to that file.
 *
 * Until the one transaction at the end nothing is stored here, so whatever fails before leaves no trace in the ledger.
 * A crash after it leaves a license whose checkpoint the next start signs.
 *
 * @throws Refusal `scope-frozen`, what `KeyRings.open` refuses for the checkpoint key; `license-number-taken`, `seal-not-of-organization`, `glyph-missing`, what {@link SealApplier} and
 *   `checkSealedDocument` refuse.
 */
export async function issueLicense(
  deps: IssueLicenseDeps,
  request: IssueLicenseRequest,
): Promise<IssuedLicense> {
  // A license that no checkpoint would cover is not begun.
  await deps.rings.open(checkpointRing);
  await refuseTakenNumber(deps.store, request.content);
  const unit = await checkOrganization(deps.seals, request);
  const draft = await draftLicense(deps, request.content);
  const sealed = await deps.seals.apply({
    sealId: request.sealId,
    document: { name: `${draft.record.identifier}.ofd`, content: draft.document.bytes },
    placement: sealPlacement,
    reason: `license ${draft.record.identifier}`,
  });
  const recordedAt = deps.clock.now();
  checkSealedDocument(draft.document, sealed, request.content.issuingAuthority, {
    trust: await deps.authorities.trustList(),
    at: recordedAt,
  });
  const license = await recordLicense(deps, request, draft, { sealed, recordedAt, unit });
  return { license, proof: await proveLeaf(deps, license.leafIndex) };
}

interface Draft {
  readonly record: Pick<
    LicenseRecord,
    "id" | "identifier" | "content" | "fields" | "fieldsRoot" | "leafSalt"
  >;
  readonly document: LicenseDocument;
}

async function draftLicense(deps: IssueLicenseDeps, content: LicenseContent): Promise<Draft> {
  const { font, clock, randomBytes } = deps;
  const identifier = formatLicenseIdentifier({
    typeCode: content.typeCode,
    issuerCode: content.issuingAuthority.code,
    serial: createSerial(randomBytes),
    version: "001",
  });
  const shown = fieldsOf({ identifier, content });
  const fields = saltFields(shown, randomBytes);
  const fieldsRoot = await fieldsRootOf(fields);
  const document = createLicenseDocument(font, {
    fields: shown,
    fieldsRoot,
    createdAt: clock.now(),
    documentId: randomBytes(16),
  });
  const id: LicenseId = `lic_${hexOf(randomBytes(12))}`;
  const leafSalt = base64Of(randomBytes(saltBytes));
  return { record: { id, identifier, content, fields, fieldsRoot, leafSalt }, document };
}

async function recordLicense(
  deps: IssueLicenseDeps,
  { sealId, actors }: IssueLicenseRequest,
  { record }: Draft,
  done: { readonly sealed: Uint8Array; readonly recordedAt: Date; readonly unit: string },
): Promise<LicenseRecord> {
  const { sealed, recordedAt } = done;
  const file = fileDigestsOf(sealed);
  const leaf = encodeIssueLeaf({
    license: record,
    salt: record.leafSalt,
    fieldsRoot: record.fieldsRoot,
    file,
    issuedBy: actors.onBehalfOf ?? actors.actor,
    at: recordedAt,
  });
  return deps.store.transact(async (unit) => {
    await unit.rings.refuseFrozen([`unit:${done.unit}`, `seal:${sealId}`]);
    const leafIndex = await unit.appendLeaf(leaf);
    const license = { ...record, leafIndex, file, sealId, recordedAt };
    // Somebody else may have taken the number while the document was being sealed.
    if (!(await unit.addLicense(license, sealed))) throw numberTaken(record.content.number);
    await unit.audit.append({
      action: "license.issued",
      ...actors,
      subject: license.id,
      occurredAt: recordedAt,
      detail: {
        leaf_index: leafIndex,
        seal_id: sealId,
        fields_root: license.fieldsRoot,
        document_digest: file.sm3,
      },
    });
    return license;
  });
}

/** Asked before sealing, so that a mistaken second request does not use the seal. */
async function refuseTakenNumber(store: LedgerStore, content: LicenseContent): Promise<void> {
  const { typeCode, number, issuingAuthority } = content;
  const taken = await store.findLicenseId({ typeCode, issuerCode: issuingAuthority.code, number });
  if (taken !== undefined) throw numberTaken(number, taken);
}

/** Whose seal it is. */
async function checkOrganization(
  seals: SealApplier,
  { sealId, organizationId }: IssueLicenseRequest,
): Promise<string> {
  const owner = await seals.ownerOf(sealId);
  if (organizationId === undefined || owner.organizationId === organizationId) return owner.organizationId;
  throw refuse("seal-not-of-organization", {
    zh: "只能使用本单位的印章颁发证照。",
    en: "A license is issued with a seal of the caller's own organization.",
  });
}

function numberTaken(number: string, id?: LicenseId): Error {
  const which = id === undefined ? { zh: "", en: "" } : { zh: `：${id}`, en: `: ${id}` };
  return refuse("license-number-taken", {
    zh: `该类型、该机构下已有编号为“${number}”的证照${which.zh}。`,
    en: `There is already a license numbered ${number} of this type and authority${which.en}.`,
  });
}
