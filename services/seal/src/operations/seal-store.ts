import type { AuditWriter } from "@yinxin/service-kit/audit";
import type { KeyRingsInTransaction } from "@yinxin/service-kit/key-rings";
import type { Transaction } from "kysely";

import type { DocumentKind } from "../domain/document-kind.ts";
import type {
  ApplicationId,
  Placement,
  SealFiles,
  SealId,
  SealIdentity,
  SealRecord,
  SealVersion,
  SealVersionRecord,
} from "../domain/seal.ts";
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
  /** Adds a version that is not in force yet; false if one with its number or for its two keys is there already. */
  addVersion(id: SealId, version: SealVersion, seal: Uint8Array): Promise<boolean>;
  /**
   * From `at` on the seal is this version; the open ones before it are closed by `closedAt`. False if it is in force already
   * or is not there.
   */
  putInForce(
    id: SealId,
    version: number,
    times: { readonly at: Date; readonly closedAt: Date },
  ): Promise<boolean>;
  /** The newest version that was made for this owner's key. */
  findVersion(id: SealId, ownerKeyVersion: number): Promise<number | undefined>;
  /** Takes a version back that never was in force. */
  withdrawVersion(id: SealId, ownerKeyVersion: number): Promise<void>;
  /** Records the use if the seal is still active; false if it no longer is. */
  addApplication(application: ApplicationRecord): Promise<boolean>;
  /** False if there is one for this key. */
  addMakerCertificate(key: string, certificate: Uint8Array, enrolledAt: Date): Promise<boolean>;
  readonly rings: KeyRingsInTransaction;
  readonly audit: AuditWriter<typeof sealEvents>;
}

/** Which seals are still bound to other maker's keys than this one. */
export interface MakerFilter {
  readonly makerKeyVersion: number;
  /** Only ids after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** The seal service's memory. */
export interface SealStore {
  /** With the version in force. */
  find(id: SealId): Promise<SealRecord | undefined>;
  /** Of the version in force. */
  findFiles(id: SealId): Promise<SealFiles | undefined>;
  /** The newest version for this owner's key that is in force or, with `isPrepared`, was made for it. */
  findVersionFor(
    id: SealId,
    ownerKeyVersion: number,
    isPrepared?: boolean,
  ): Promise<(SealVersionRecord & { readonly seal: Uint8Array }) | undefined>;
  /** Oldest first. */
  versions(id: SealId): Promise<readonly SealVersionRecord[]>;
  /** In the order of their codes. */
  list(filter: SealFilter): Promise<readonly SealRecord[]>;
  /** Every seal, for what must be done for each. */
  listIdentities(): Promise<readonly Pick<SealIdentity, "id" | "name">[]>;
  /** Seals that are not revoked and whose version in force was made with another maker's key, by id. */
  listOfOtherMakers(filter: MakerFilter): Promise<readonly SealRecord[]>;
  countOfOtherMakers(makerKeyVersion: number): Promise<number>;
  /** Whether the organization has a seal of this type that is not revoked. */
  hasUnrevoked(organizationId: string, type: number): Promise<boolean>;
  /** The division's next serial number, from 1; durable when this resolves, and never given twice. */
  takeSerial(divisionCode: string): Promise<number>;
  /** DER. */
  findMakerCertificate(key: string): Promise<Uint8Array | undefined>;
  /** The unit of a transaction that somebody else began. */
  in(tx: Transaction<unknown>): SealUnit;
  /** All of `change` is stored when this resolves, nothing if it rejects. */
  transact<Result>(change: (unit: SealUnit) => Promise<Result>): Promise<Result>;
}
