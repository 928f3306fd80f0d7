import type { AuditTrail } from "@yinxin/service-kit/audit";

import type { DocumentKind } from "../domain/document-kind.ts";
import type { ApplicationId, Placement, SealFiles, SealId, SealRecord } from "../domain/seal.ts";
import type { sealEvents } from "../domain/seal-events.ts";

/** One use of a seal. The document itself is not kept, only what proves which it was. */
export interface ApplicationRecord {
  readonly id: ApplicationId;
  readonly sealId: SealId;
  readonly documentName: string;
  readonly format: DocumentKind;
  /** `sm3:…` */
  readonly digestBefore: string;
  readonly digestAfter: string;
  readonly placement: Placement;
  readonly signedAt: Date;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly reason?: string;
}

/** Which seals to list. */
export interface SealFilter {
  /** Absent: of every organization. */
  readonly organizationId?: string;
  /** Only codes after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** What one transaction can do. */
export interface SealUnit {
  /** False if the organization has a seal already of which it can have only one. */
  addSeal(seal: SealRecord, files: SealFiles): Promise<boolean>;
  /** Records the use if the seal is still active; false if it no longer is. */
  addApplication(application: ApplicationRecord): Promise<boolean>;
  /** False if there is one for this key. */
  addMakerCertificate(keyUri: string, certificate: Uint8Array, enrolledAt: Date): Promise<boolean>;
  readonly audit: ReturnType<AuditTrail<typeof sealEvents>["in"]>;
}

/** The seal service's memory. */
export interface SealStore {
  find(id: SealId): Promise<SealRecord | undefined>;
  findFiles(id: SealId): Promise<SealFiles | undefined>;
  /** In the order of their codes. */
  list(filter: SealFilter): Promise<readonly SealRecord[]>;
  /** Whether the organization has a seal of this type that is not revoked. */
  hasUnrevoked(organizationId: string, type: number): Promise<boolean>;
  /** The division's next serial number, from 1; durable when this resolves, and never given twice. */
  takeSerial(divisionCode: string): Promise<number>;
  /** DER. */
  findMakerCertificate(keyUri: string): Promise<Uint8Array | undefined>;
  /** All of `change` is stored when this resolves, nothing if it rejects. */
  transact<Result>(change: (unit: SealUnit) => Promise<Result>): Promise<Result>;
}
