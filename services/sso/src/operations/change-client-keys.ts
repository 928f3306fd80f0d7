import { clientKeyStatementSeconds, problemOfProof, readStatement } from "@yinxin/service-kit/client-keys";
import type { ClientKeyStatement } from "@yinxin/service-kit/client-keys";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";
import type { Refusal } from "@yinxin/service-kit/problems";

import type { ClientKeyRefusalCode } from "../domain/client-key-problems.ts";
import type { Audit, ClientKeys, Transact } from "./ports.ts";

export interface ChangeClientKeysDeps<Tx> {
  readonly clientKeys: ClientKeys<Tx>;
  readonly audit: Audit<Tx>;
  readonly transact: Transact<Tx>;
  readonly clock: Clock;
  /** This service's own name, which statements must name. */
  readonly issuer: string;
}

/** The old key, its successor, and one more for a rotation that was not ended. */
const clientKeysMax = 4;

interface Change<Tx> {
  readonly tx: Tx;
  readonly clientId: string;
  /** Thumbprints of the keys that prove the client now. */
  readonly registered: ReadonlySet<string>;
  /** Thumbprint. */
  readonly signedBy: string;
}

/**
 * Registers another key of a client, on the word of one that is registered, with the new key's proof that it agrees. Done
 * twice, it changes nothing.
 *
 * @throws Refusal `client-key-not-proven`, `client-key-used`, `client-keys-too-many`.
 */
export async function registerClientKey<Tx>(
  deps: ChangeClientKeysDeps<Tx>,
  clientId: string,
  { statement: text, proof }: { readonly statement: string; readonly proof: string },
): Promise<{ readonly keyId: string }> {
  return await changeKeys(deps, clientId, text, async (change, statement) => {
    if (statement.action !== "register") throw notProven("it does not register a key");
    const { key } = statement;
    const problem = problemOfProof(proof, text, key);
    if (problem !== undefined) throw notProven(problem);
    const { tx, registered, signedBy } = change;
    if (registered.has(key.kid)) return { keyId: key.kid };
    const clientKeys = deps.clientKeys.in(tx);
    if ((await clientKeys.ownersOf(key.kid)).length > 0) throw used();
    if (registered.size >= clientKeysMax) throw tooMany();
    await clientKeys.add(clientId, key);
    await deps.audit.in(tx).append({
      action: "client-key.registered",
      ...{ actor: clientId, subject: clientId, occurredAt: deps.clock.now() },
      detail: { key_id: key.kid, by_key: signedBy },
    });
    return { keyId: key.kid };
  });
}

/**
 * Removes a key of a client for good, on the word of another one: so one is always left. Done twice, it changes nothing.
 *
 * @throws Refusal `client-key-not-proven`.
 */
export async function removeClientKey<Tx>(
  deps: ChangeClientKeysDeps<Tx>,
  clientId: string,
  text: string,
): Promise<{ readonly keyId: string }> {
  return await changeKeys(deps, clientId, text, async ({ tx, registered, signedBy }, statement) => {
    if (statement.action !== "remove") throw notProven("it does not remove a key");
    const { key_id: keyId } = statement;
    if (keyId === signedBy) throw notProven("a key does not remove itself");
    if (!registered.has(keyId)) return { keyId };
    await deps.clientKeys.in(tx).remove(clientId, keyId);
    await deps.audit.in(tx).append({
      action: "client-key.removed",
      ...{ actor: clientId, subject: clientId, occurredAt: deps.clock.now() },
      detail: { key_id: keyId, by_key: signedBy },
    });
    return { keyId };
  });
}

/** What a key is to a client. */
export async function stateOfClientKey<Tx>(
  { clientKeys, transact }: Pick<ChangeClientKeysDeps<Tx>, "clientKeys" | "transact">,
  clientId: string,
  keyId: string,
): Promise<"registered" | "removed" | "unknown"> {
  const keys = await transact((tx) => clientKeys.in(tx).list(clientId));
  return keys?.find((key) => key.keyId === keyId)?.state ?? "unknown";
}

async function changeKeys<Tx, Result>(
  { clientKeys, transact, clock, issuer }: ChangeClientKeysDeps<Tx>,
  clientId: string,
  text: string,
  change: (change: Change<Tx>, statement: ClientKeyStatement) => Promise<Result>,
): Promise<Result> {
  const now = clock.now();
  return await transact(async (tx) => {
    const stored = (await clientKeys.in(tx).list(clientId)) ?? [];
    const registered = stored.filter(({ state }) => state === "registered");
    const read = readStatement(text, {
      ...{ issuer, clientId, now },
      registered: registered.map(({ key }) => key),
    });
    if (typeof read === "string") throw notProven(read);
    // After this moment it would be refused for its age.
    const expiresAt = new Date((read.statement.iat + 2 * clientKeyStatementSeconds) * 1000);
    if (!(await clientKeys.in(tx).useStatement(clientId, read.statement.jti, expiresAt))) {
      throw notProven("it was used before");
    }
    const keyIds = new Set(registered.map(({ keyId }) => keyId));
    return await change({ tx, clientId, registered: keyIds, signedBy: read.signedBy }, read.statement);
  });
}

function notProven(detail: string): Refusal<ClientKeyRefusalCode> {
  return refuse("client-key-not-proven", {
    zh: `登记声明未被接受（${detail}）。`,
    en: `The statement is not believed: ${detail}.`,
  });
}

function used(): Refusal<ClientKeyRefusalCode> {
  return refuse("client-key-used", {
    zh: "该密钥已经登记过，不能再次登记。",
    en: "The key was registered before and cannot be registered again.",
  });
}

function tooMany(): Refusal<ClientKeyRefusalCode> {
  return refuse("client-keys-too-many", {
    zh: `每个接入系统最多登记 ${String(clientKeysMax)} 把密钥。`,
    en: `A client has at most ${String(clientKeysMax)} keys.`,
  });
}
