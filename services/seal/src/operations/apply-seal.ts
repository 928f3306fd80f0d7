import { hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import {
  maximumSealSignatureBytes,
  parseSeal,
  prepareSealSignature,
  signSealSignature,
} from "@yinxin/crypto/seal";
import type { PreparedSealSignature } from "@yinxin/crypto/seal";
import { verifyDocument } from "@yinxin/crypto/verification";
import type { SignatureReport, VerificationReport, Verdict } from "@yinxin/crypto/verification";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { TrustList } from "@yinxin/crypto/x509";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, OpenKey } from "@yinxin/service-kit/key-rings";
import type { KnownAuthorities } from "@yinxin/service-kit/known-authorities";
import { refuse } from "@yinxin/service-kit/problems";

import { blankPage } from "../domain/blank-page.ts";
import { documentKindOf } from "../domain/document-kind.ts";
import type { DocumentKind } from "../domain/document-kind.ts";
import type { ApplicationId, Placement, SealId, SealRecord } from "../domain/seal.ts";
import { ownerRingOf } from "../domain/seal-rings.ts";
import { wholeSecond } from "../domain/seal-validity.ts";
import { sealedNameOf } from "../domain/sealed-name.ts";
import { checkActive, checkOwner } from "../domain/use-of-seal.ts";
import type { SealUser } from "../domain/use-of-seal.ts";
import { prepareDocument } from "./prepare-document.ts";
import type { DocumentStamp } from "./prepare-document.ts";
import { sealNotFound } from "./read-seal.ts";
import type { ApplicationRecord, SealStore } from "./seal-store.ts";

export interface ApplySealDeps {
  readonly store: SealStore;
  readonly rings: KeyRings;
  /** The deployment's own: what leaves must be good for its verifiers. */
  readonly authorities: KnownAuthorities;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface ApplySealRequest {
  readonly sealId: SealId;
  readonly user: SealUser;
  readonly document: { readonly name: string; readonly content: Uint8Array };
  readonly placement: Placement;
  readonly reason?: string;
  readonly actors: AuditActor;
}

export interface SealedDocument {
  readonly application: ApplicationRecord;
  readonly document: { readonly name: string; readonly content: Uint8Array };
}

/**
 * Applies a seal to one page of a PDF or an OFD, with the owner's key of this moment.
 *
 * What leaves has been verified with the deployment's own trust, and the transaction that records it counts the use of the
 * key: a key, a seal or an organization that was stopped meanwhile lets nothing out. The document is not kept: the record
 * has its digests, before and after, where the seal stands, who did it and why.
 *
 * @throws Refusal `seal-not-found`, `seal-not-permitted`, `seal-not-active`; `scope-frozen` and what `KeyRings.open` refuses;
 *   `document-tampered` if a signature that the document already has is broken; or as {@link prepareDocument}.
 */
export async function applySeal(deps: ApplySealDeps, request: ApplySealRequest): Promise<SealedDocument> {
  const { name, content } = request.document;
  const seal = await findPermitted(deps, request);
  const kind = documentKindOf(content);
  if (kind === undefined) {
    throw refuse("document-not-supported", "The file begins neither like a PDF nor like an OFD.");
  }
  return deps.rings.withKey(ownerRingOf(seal.id), async (key) => {
    const signedAt = wholeSecond(deps.clock.now());
    const usable = await findUsable(deps, seal, key, signedAt);
    const sealed = await sealDocument(deps, key, content, {
      ...usable,
      kind,
      placement: request.placement,
      signedAt,
    });
    const application = applicationOf(deps, request, { kind, signedAt, sealed });
    await storeApplication(deps, request, { application, seal, key });
    return { application, document: { name: sealedNameOf(name, kind), content: sealed } };
  });
}

/**
 * Seals an empty page with a version of the owner's key, as {@link applySeal} would, and records nothing.
 *
 * @returns the sealed page, verified.
 * @throws Error if another version of the key signs; and as {@link applySeal}.
 */
export async function sealBlankPage(
  deps: Omit<ApplySealDeps, "randomBytes">,
  id: SealId,
  keyVersion: number,
): Promise<Uint8Array> {
  const seal = await deps.store.find(id);
  if (seal === undefined) throw sealNotFound(id);
  return deps.rings.withKey(ownerRingOf(id), async (key) => {
    if (key.use.version !== keyVersion) throw new Error(`another key of ${id} signs`);
    const signedAt = wholeSecond(deps.clock.now());
    const usable = await findUsable(deps, seal, key, signedAt);
    const placement = { page: 1, xMm: 10, yMm: 10 };
    return sealDocument(deps, key, blankPage(), { ...usable, kind: "pdf", placement, signedAt });
  });
}

async function findPermitted(
  { store, clock }: ApplySealDeps,
  { sealId, user }: ApplySealRequest,
): Promise<SealRecord> {
  const seal = await store.find(sealId);
  if (seal === undefined) throw sealNotFound(sealId);
  checkOwner(seal, user);
  checkActive(seal, wholeSecond(clock.now()));
  return seal;
}

/** The version of the seal that names this key's certificate, whichever version was in force a moment ago. */
async function findUsable(
  { store }: Pick<ApplySealDeps, "store">,
  seal: SealRecord,
  { use }: OpenKey,
  at: Date,
): Promise<Pick<DocumentStamp, "seal" | "files">> {
  const [version, files] = [await store.findVersionFor(seal.id, use.version), await store.findFiles(seal.id)];
  if (files === undefined) throw new Error(`the seal ${seal.id} has a row and no bytes`);
  if (version === undefined) {
    throw refuse("seal-not-active", `The seal ${seal.id} was not yet made again for its new key.`);
  }
  const record = { ...seal, ...version };
  checkActive(record, at);
  return { seal: record, files: { picture: files.picture, seal: version.seal } };
}

async function sealDocument(
  deps: Pick<ApplySealDeps, "authorities">,
  { signer }: OpenKey,
  document: Uint8Array,
  wanted: Omit<DocumentStamp, "contentsBytes"> & { readonly kind: DocumentKind },
): Promise<Uint8Array> {
  const { seal, files, signedAt, kind } = wanted;
  const signatureOver = (dataHash: Uint8Array, propertyInfo: string): PreparedSealSignature =>
    prepareSealSignature({
      seal: parseSeal(files.seal),
      signerCertificate: seal.certificate,
      dataHash,
      propertyInfo,
      signedAt,
    });
  // The room in the document is fixed before its hash is known, so it is measured with a hash of the same size.
  const contentsBytes = maximumSealSignatureBytes(signatureOver(new Uint8Array(32), longestPropertyInfo));
  const prepared = prepareDocument(kind, document, { ...wanted, contentsBytes });
  const trust = await deps.authorities.trustList();
  const before = verify(trust, document, signedAt);
  checkUntampered(before);

  const signature = signatureOver(prepared.dataHash, prepared.propertyInfo);
  const sealed = prepared.complete(await signSealSignature({ signer }, signature));
  checkSealed(before, verify(trust, sealed, signedAt), seal);
  return sealed;
}

/** Longer than any that is written here. */
const longestPropertyInfo = "x".repeat(128);

function verify({ anchors, intermediates }: TrustList, bytes: Uint8Array, at: Date): VerificationReport {
  return verifyDocument({ name: "document", bytes }, { trust: anchors, intermediates, at });
}

/** A seal on top of a broken signature would lend it a good name. */
function checkUntampered(before: VerificationReport): void {
  const broken = before.signatures.find(({ verdict }) => verdict === "INVALID");
  if (broken === undefined) return;
  throw refuse("document-tampered", `The signature ${broken.id} that the document has is broken.`);
}

export const goodVerdicts: ReadonlySet<Verdict> = new Set(["VALID", "VALID_WITH_WARNINGS"]);

/** Signatures of others may be unknown to us, but ours must be good, and none may be broken by it. */
function checkSealed(before: VerificationReport, after: VerificationReport, seal: SealRecord): void {
  const known = new Set(before.signatures.map(({ id }) => id));
  const [added, ...more] = after.signatures.filter(({ id }) => !known.has(id));
  const areOthersAsBefore =
    after.signatures.length === before.signatures.length + 1 &&
    after.signatures.every(({ verdict }) => verdict !== "INVALID");
  if (more.length === 0 && areOthersAsBefore && isGoodSeal(added, seal)) return;
  const failed = added?.checks.filter(({ result }) => result === "failed").map(({ name }) => name);
  throw new Error(
    `the sealed document does not verify: ${added?.verdict ?? "no new signature"} ${failed?.join(", ") ?? ""}`,
  );
}

function isGoodSeal(added: SignatureReport | undefined, { code }: SealRecord): boolean {
  return added?.seal?.code === code && added.coverage.whole && goodVerdicts.has(added.verdict);
}

function applicationOf(
  deps: ApplySealDeps,
  { sealId, document, placement, reason, actors }: ApplySealRequest,
  done: { readonly kind: DocumentKind; readonly signedAt: Date; readonly sealed: Uint8Array },
): ApplicationRecord {
  const id: ApplicationId = `app_${hexOf(deps.randomBytes(16))}`;
  return {
    id,
    sealId,
    documentName: document.name,
    format: done.kind,
    digestBefore: digestText("SM3", digest("SM3", document.content)),
    digestAfter: digestText("SM3", digest("SM3", done.sealed)),
    placement,
    signedAt: done.signedAt,
    ...actors,
    ...(reason !== undefined && { reason }),
  };
}

async function storeApplication(
  { store }: ApplySealDeps,
  { actors }: ApplySealRequest,
  done: { readonly application: ApplicationRecord; readonly seal: SealRecord; readonly key: OpenKey },
): Promise<void> {
  const { application, seal, key } = done;
  const { id, sealId, format, digestBefore, digestAfter, placement, signedAt, reason } = application;
  await store.transact(async (unit) => {
    await unit.rings.refuseFrozen([`seal:${sealId}`, `unit:${seal.organizationId}`]);
    if (!(await unit.addApplication(application))) {
      throw refuse("seal-not-active", `The seal ${sealId} was suspended or revoked meanwhile.`);
    }
    await unit.audit.append({
      action: "seal.applied",
      ...actors,
      subject: sealId,
      occurredAt: signedAt,
      key: key.use,
      detail: {
        application_id: id,
        format,
        digest_before: digestBefore,
        digest_after: digestAfter,
        page: placement.page,
        ...(reason !== undefined && { reason }),
      },
    });
  });
}
