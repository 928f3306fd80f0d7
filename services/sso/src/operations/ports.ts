import type { AuditEvent } from "@yinxin/service-kit/audit";

import type { Account, Client, ClientKey, Organization, Person } from "../domain/account.ts";
import type { AttemptState } from "../domain/attempts.ts";
import type { SsoEvents } from "../domain/events.ts";

/** One database transaction; only the stores know what is inside. */
export type Transact<Tx> = <Result>(change: (tx: Tx) => Promise<Result>) => Promise<Result>;

/** Writes events in the transaction of the change, so that neither exists without the other. */
export interface Audit<Tx> {
  in(tx: Tx): {
    append<Action extends keyof SsoEvents>(event: AuditEvent<SsoEvents, Action>): Promise<void>;
  };
}

type PutResult = "added" | "changed" | "unchanged";

/** Puts records whose digest has changed; called in one transaction for a whole manifest. */
export interface AccountWriter<Tx> {
  in(tx: Tx): {
    putOrganization(organization: Organization, digest: string): Promise<PutResult>;
    putPerson(person: Person, digest: string): Promise<PutResult>;
  };
}

/** As {@link AccountWriter}, and tells which clients were removed. */
export interface ClientWriter<Tx> {
  in(tx: Tx): {
    put(client: Client, digest: string): Promise<PutResult>;
    removeAllBut(ids: readonly string[]): Promise<readonly string[]>;
  };
}

export interface AccountReader {
  findByUsername(
    username: string,
  ): Promise<{ readonly account: Account; readonly passwordHash: string } | undefined>;
}

/** Counters that two requests at the same moment cannot both win: `replace` is a compare-and-swap. */
export interface AttemptCounters {
  find(key: string): Promise<AttemptState | undefined>;
  replace(key: string, previous: AttemptState | undefined, next: AttemptState): Promise<boolean>;
  remove(key: string): Promise<void>;
  takeBack(key: string): Promise<void>;
}

/** Compares a password with a hash, or does the same work for nobody. */
export interface PasswordMatcher {
  matches(storedHash: string | undefined, password: string): Promise<boolean>;
}

/** A key that a client has or had. */
export interface StoredClientKey {
  /** RFC 7638. */
  readonly keyId: string;
  readonly key: ClientKey;
  readonly state: "registered" | "removed";
}

/** Keys of clients, with what is needed to change them exactly once. */
export interface ClientKeys<Tx> {
  in(tx: Tx): {
    /** Every key that the client ever had; undefined for a client that is not there. Changes of one client take turns. */
    list(clientId: string): Promise<readonly StoredClientKey[] | undefined>;
    /** Whose key it is or was. */
    ownersOf(keyId: string): Promise<readonly string[]>;
    add(clientId: string, key: ClientKey): Promise<void>;
    remove(clientId: string, keyId: string): Promise<void>;
    /** False for a statement that was used before. */
    useStatement(clientId: string, statementId: string, expiresAt: Date): Promise<boolean>;
  };
}
