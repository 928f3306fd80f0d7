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
import type {
  SignatureReport,
  VerificationContext,
  VerificationReport,
  Verdict,
} from "@yinxin/crypto/verification";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";

import { documentKindOf } from "../domain/document-kind.ts";
import type { DocumentKind } from "../domain/document-kind.ts";
import type { ApplicationId, Placement, SealFiles, SealId, SealRecord } from "../domain/seal.ts";
import { wholeSecond } from "../domain/seal-validity.ts";
import { sealedNameOf } from "../domain/sealed-name.ts";
import { checkActive, checkOwner } from "../domain/use-of-seal.ts";
import type { SealUser } from "../domain/use-of-seal.ts";
import { prepareDocument } from "./prepare-document.ts";
import type { DocumentStamp } from "./prepare-document.ts";
import { sealNotFound } from "./read-seal.ts";
import type { SealKeys } from "./seal-keys.ts";
import type { ApplicationRecord, SealStore } from "./seal-store.ts";

export interface ApplySealDeps {
  readonly store: SealStore;
  readonly keys: SealKeys;
  /** The deployment's own: what leaves must be good for its verifiers. */
  readonly trust: Pick<VerificationContext, "trust" | "intermediates">;
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
 * Applies a seal to one page of a PDF or an OFD.
 *
 * What leaves has been verified with the deployment's own trust. The document is not kept: the record has its digests,
 * before and after, where the seal stands, who did it and why.
 *
 * @throws Refusal `seal-not-found`, `seal-not-permitted`, `seal-not-active`; `document-tampered` if a signature that the
 *   document already has is broken; or as {@link prepareDocument}.
 */
export async function applySeal(deps: ApplySealDeps, request: ApplySealRequest): Promise<SealedDocument> {
  const signedAt = wholeSecond(deps.clock.now());
  const { seal, files } = await findUsable(deps, request, signedAt);
  const { name, content } = request.document;
  const kind = documentKindOf(content);
  if (kind === undefined) {
    throw refuse("document-not-supported", "The file begins neither like a PDF nor like an OFD.");
  }
  const sealed = await sealDocument(deps, kind, content, {
    seal,
    files,
    placement: request.placement,
    signedAt,
  });
  const application = applicationOf(deps, request, { kind, signedAt, sealed });
  await storeApplication(deps, request, application);
  return { application, document: { name: sealedNameOf(name, kind), content: sealed } };
}

async function findUsable(
  { store }: ApplySealDeps,
  { sealId, user }: ApplySealRequest,
  at: Date,
): Promise<{ seal: SealRecord; files: SealFiles }> {
  const seal = await store.find(sealId);
  if (seal === undefined) throw sealNotFound(sealId);
  checkOwner(seal, user);
  checkActive(seal, at);
  const files = await store.findFiles(sealId);
  if (files === undefined) throw new Error(`the seal ${sealId} has a row and no bytes`);
  return { seal, files };
}

async function sealDocument(
  deps: ApplySealDeps,
  kind: DocumentKind,
  document: Uint8Array,
  wanted: Omit<DocumentStamp, "contentsBytes">,
): Promise<Uint8Array> {
  const { seal, files, signedAt } = wanted;
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
  const before = verify(deps, document, signedAt);
  checkUntampered(before);

  const signer = await deps.keys.open(seal.keyUri);
  const signature = signatureOver(prepared.dataHash, prepared.propertyInfo);
  const sealed = prepared.complete(await signSealSignature({ signer }, signature));
  checkSealed(before, verify(deps, sealed, signedAt), seal);
  return sealed;
}

/** Longer than any that is written here. */
const longestPropertyInfo = "x".repeat(128);

function verify({ trust }: ApplySealDeps, bytes: Uint8Array, at: Date): VerificationReport {
  return verifyDocument({ name: "document", bytes }, { ...trust, at });
}

/** A seal on top of a broken signature would lend it a good name. */
function checkUntampered(before: VerificationReport): void {
  const broken = before.signatures.find(({ verdict }) => verdict === "INVALID");
  if (broken === undefined) return;
  throw refuse("document-tampered", `The signature ${broken.id} that the document has is broken.`);
}

const goodVerdicts: ReadonlySet<Verdict> = new Set(["VALID", "VALID_WITH_WARNINGS"]);

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
  application: ApplicationRecord,
): Promise<void> {
  const { id, sealId, format, digestBefore, digestAfter, placement, signedAt, reason } = application;
  await store.transact(async (unit) => {
    if (!(await unit.addApplication(application))) {
      throw refuse("seal-not-active", `The seal ${sealId} was suspended or revoked meanwhile.`);
    }
    await unit.audit.append({
      action: "seal.applied",
      ...actors,
      subject: sealId,
      occurredAt: signedAt,
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
