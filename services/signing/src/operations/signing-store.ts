import type { AuditTrail } from "@yinxin/service-kit/audit";
import type { KeyRingsInTransaction } from "@yinxin/service-kit/key-rings";

import type { StoredPurpose } from "../domain/purpose.ts";
import type { signingEvents } from "../domain/signing-events.ts";

/** One use of a purpose's key. */
export interface SignatureRecord {
  readonly id: `sig_${string}`;
  readonly purpose: string;
  /** Which version of the purpose's key it was. */
  readonly keyVersion: number;
  /** `sm3:…` of the message. */
  readonly messageDigest: string;
  readonly signedAt: Date;
  readonly actor: string;
  readonly onBehalfOf?: string;
}

/** What the signing service remembers. */
export interface SigningStore {
  findPurpose(name: string): Promise<StoredPurpose | undefined>;
  /** In the order of their names. */
  listPurposes(): Promise<readonly StoredPurpose[]>;
  /** Runs a change in one transaction; nothing but the unit may be awaited in it. */
  transact<Result>(change: (unit: SigningUnit) => Promise<Result>): Promise<Result>;
}

/** The store, the key rings and the audit trail inside one transaction. */
export interface SigningUnit {
  /** False, and nothing written, if the name is taken. */
  addPurpose(purpose: StoredPurpose): Promise<boolean>;
  addSignature(signature: SignatureRecord): Promise<void>;
  readonly rings: Pick<KeyRingsInTransaction, "putCertificate" | "move">;
  readonly audit: ReturnType<AuditTrail<typeof signingEvents>["in"]>;
}
