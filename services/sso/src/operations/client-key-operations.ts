import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { publicJwkOfSpki, TokenError } from "@yinxin/crypto/tokens";
import type { PublicEcJwk } from "@yinxin/crypto/tokens";
import { X509Error } from "@yinxin/crypto/x509";
import { defineChangeOperation } from "@yinxin/service-kit/approvals";
import type { ApprovedChange, ChangeOperation } from "@yinxin/service-kit/approvals";
import { refuse } from "@yinxin/service-kit/problems";
import type { Refusal } from "@yinxin/service-kit/problems";
import { z } from "zod";

import type { ClientKeyRefusalCode } from "../domain/client-key-problems.ts";
import type { Audit, ClientKeys, StoredClientKey, Transact } from "./ports.ts";

export interface ClientKeyOperationsDeps<Tx> {
  readonly clientKeys: ClientKeys<Tx>;
  readonly audit: Audit<Tx>;
  readonly transact: Transact<Tx>;
  /** A change's own transaction, in which the tables of this service are too. */
  readonly tables: (tx: Parameters<ChangeOperation["execute"]>[0]["tx"]) => Tx;
}

const publicKey = z.strictObject({
  /** SubjectPublicKeyInfo, DER in base64: what `yinxin keys show` and the waiting plan print. */
  public_key: z.base64().max(200),
});

/**
 * What officers do when a client's key was stolen, since whoever has it could register keys of his own and remove those of the client:
 * one turns the client away with every key that it has, and two give it a new one.
 */
export function clientKeyOperations<Tx>(deps: ClientKeyOperationsDeps<Tx>): readonly ChangeOperation[] {
  return [suspendOperation(deps), replaceOperation(deps)];
}

function suspendOperation<Tx>(deps: ClientKeyOperationsDeps<Tx>): ChangeOperation {
  return defineChangeOperation({
    name: "client.suspend",
    title: { zh: "停用接入系统的全部密钥", en: "Turn a client away, whichever key it shows" },
    parameters: z.strictObject({}),
    preview: async (clientId) => {
      const { length } = await deps.transact((tx) => registeredOf(deps, tx, clientId));
      return {
        effect: [
          {
            zh: `${clientId} 的 ${String(length)} 把密钥立即失效，且不能再次登记；要恢复，须由两位管理员登记新密钥。`,
            en: `The ${String(length)} keys of ${clientId} prove nothing from now on and never come back; two officers can give it a new one.`,
          },
        ],
        numbers: { keys: length },
        steps: [],
      };
    },
    execute: async ({ tx, change, at }) => ({
      removed: [...(await removeAll(deps, deps.tables(tx), change, at))],
    }),
  });
}

function replaceOperation<Tx>(deps: ClientKeyOperationsDeps<Tx>): ChangeOperation {
  return defineChangeOperation({
    name: "client.replace-key",
    title: {
      zh: "以新密钥取代接入系统的全部密钥",
      en: "Put a new key in the place of every key of a client",
    },
    parameters: publicKey,
    preview: async (clientId, given) => {
      const { kid } = keyIn(given.public_key);
      const { length } = await deps.transact(async (tx) => {
        await checkNew(deps, tx, kid);
        return await registeredOf(deps, tx, clientId);
      });
      return {
        effect: [
          {
            zh: `${clientId} 此后只以密钥 ${kid} 证明身份；原有 ${String(length)} 把失效。`,
            en: `From now on only the key ${kid} proves ${clientId}; the ${String(length)} that it has prove nothing any more.`,
          },
        ],
        numbers: { keys: length },
        steps: [],
      };
    },
    execute: async ({ tx, change, at }) => {
      const own = deps.tables(tx);
      const key = keyIn(change.parameters.public_key);
      const removed = await removeAll(deps, own, change, at);
      await checkNew(deps, own, key.kid);
      await deps.clientKeys.in(own).add(change.target, key);
      await deps.audit.in(own).append({
        action: "client-key.registered",
        ...{ actor: change.executor, subject: change.target, occurredAt: at },
        detail: { key_id: key.kid, change: change.id },
      });
      return { registered: key.kid, removed: [...removed] };
    },
  });
}

/** @throws Refusal `client-key-malformed` */
function keyIn(text: string): PublicEcJwk & { readonly kid: string } {
  try {
    return publicJwkOfSpki(bytesOfBase64(text));
  } catch (cause) {
    if (!(cause instanceof TokenError) && !(cause instanceof X509Error) && !(cause instanceof RangeError))
      throw cause;
    throw refuse<ClientKeyRefusalCode>("client-key-malformed", {
      zh: "这不是 P-256 公钥（SubjectPublicKeyInfo，base64）。",
      en: "That is no public key on P-256 (SubjectPublicKeyInfo in base64).",
    });
  }
}

async function registeredOf<Tx>(
  { clientKeys }: Pick<ClientKeyOperationsDeps<Tx>, "clientKeys">,
  tx: Tx,
  clientId: string,
): Promise<readonly StoredClientKey[]> {
  const keys = await clientKeys.in(tx).list(clientId);
  if (keys === undefined) throw notFound(clientId);
  return keys.filter(({ state }) => state === "registered");
}

async function checkNew<Tx>(
  { clientKeys }: Pick<ClientKeyOperationsDeps<Tx>, "clientKeys">,
  tx: Tx,
  keyId: string,
): Promise<void> {
  if ((await clientKeys.in(tx).ownersOf(keyId)).length === 0) return;
  throw refuse<ClientKeyRefusalCode>("client-key-used", {
    zh: "该密钥已经登记过，不能再次登记。",
    en: "The key was registered before and cannot be registered again.",
  });
}

async function removeAll<Tx>(
  deps: ClientKeyOperationsDeps<Tx>,
  tx: Tx,
  { id, target, executor }: Pick<ApprovedChange, "id" | "target" | "executor">,
  at: Date,
): Promise<readonly string[]> {
  const registered = await registeredOf(deps, tx, target);
  for (const { keyId } of registered) {
    await deps.clientKeys.in(tx).remove(target, keyId);
    await deps.audit.in(tx).append({
      action: "client-key.removed",
      ...{ actor: executor, subject: target, occurredAt: at },
      detail: { key_id: keyId, change: id },
    });
  }
  return registered.map(({ keyId }) => keyId);
}

function notFound(clientId: string): Refusal<ClientKeyRefusalCode> {
  return refuse("client-not-found", {
    zh: `没有接入系统 ${clientId}。`,
    en: `There is no client ${clientId}.`,
  });
}
