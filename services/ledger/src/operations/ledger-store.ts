import type { HashReader } from "@yinxin/crypto/tlog";
import type { AuditWriter } from "@yinxin/service-kit/audit";
import type { KeyRingsInTransaction } from "@yinxin/service-kit/key-rings";

import type { SaltedField } from "../domain/field-commitment.ts";
import type { ledgerEvents } from "../domain/ledger-events.ts";
import type { FileDigests } from "../domain/license-leaf.ts";
import type { License, LicenseId } from "../domain/license.ts";

/** A license as the ledger keeps it. */
export interface LicenseRecord extends License {
  readonly fields: readonly SaltedField[];
  /** Base64; see `encodeIssueLeaf`. */
  readonly leafSalt: string;
  readonly fieldsRoot: string;
  readonly leafIndex: number;
  readonly file: FileDigests;
  readonly sealId: string;
  readonly recordedAt: Date;
}

/** By what a license is known on paper. */
export interface LicenseNumber {
  readonly typeCode: string;
  readonly issuerCode: string;
  readonly number: string;
}

export interface SignedCheckpoint {
  readonly size: number;
  /** C2SP signed note. */
  readonly note: string;
  readonly signedAt: Date;
}

/** Where in the log a version of its key was announced as the successor. */
export interface KeySuccession {
  readonly keyVersion: number;
  readonly leafIndex: number;
}

/** Which checkpoints a version of the log's key signed. */
export interface SignedSizes {
  readonly keyVersion: number;
  readonly firstSize: number;
  readonly lastSize: number;
}

/** What one transaction can do. */
export interface LedgerUnit {
  /** Puts a leaf at the end of the log and gives its index. Concurrent transactions get one index after the other. */
  appendLeaf(leaf: string): Promise<number>;
  /** Whether the license was added; false if its number, identifier or document is there already. */
  addLicense(license: LicenseRecord, document: Uint8Array): Promise<boolean>;
  /** Whether the checkpoint was added; false if there is one of this size. `keyVersions` are those that signed it. */
  addCheckpoint(checkpoint: SignedCheckpoint, keyVersions: readonly number[]): Promise<boolean>;
  /** Puts one more signature under a checkpoint that is there; false if its note is not `before` any more. */
  cosignCheckpoint(
    checkpoint: Pick<SignedCheckpoint, "size" | "note">,
    before: string,
    keyVersion: number,
  ): Promise<boolean>;
  /** False if this version was announced before. */
  addSuccession(succession: KeySuccession, announcedAt: Date): Promise<boolean>;
  readonly rings: KeyRingsInTransaction;
  readonly audit: AuditWriter<typeof ledgerEvents>;
}

/** The ledger's memory. What was committed is never changed. */
export interface LedgerStore {
  findLicense(id: LicenseId): Promise<LicenseRecord | undefined>;
  findLicenseOfDocument(digests: FileDigests): Promise<LicenseRecord | undefined>;
  findLicenseId(number: LicenseNumber): Promise<LicenseId | undefined>;
  /** The sealed document, as it was given out. */
  readDocument(id: LicenseId): Promise<Uint8Array | undefined>;
  /** @throws Error if there is no such leaf: an index comes from this store. */
  readLeaf(index: number): Promise<string>;
  readonly readHashes: HashReader;
  /** Leaves in the log, whether or not a checkpoint covers them. */
  logSize(): Promise<number>;
  /** That of the largest size. */
  latestCheckpoint(): Promise<SignedCheckpoint | undefined>;
  /** @throws Error if there is none of this size: a size comes from this store. */
  readCheckpoint(size: number): Promise<SignedCheckpoint>;
  /** In the order of the versions. */
  successions(): Promise<readonly KeySuccession[]>;
  /** In the order of the versions; only those that signed. */
  signedSizes(): Promise<readonly SignedSizes[]>;
  /** All of `change` is stored when this resolves, nothing if it rejects. */
  transact<Result>(change: (unit: LedgerUnit) => Promise<Result>): Promise<Result>;
}
