import { errors } from "oidc-provider";
import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

import { clientMetadata } from "./client-metadata.ts";
import type { AdapterDeps, ProtocolRecord } from "./ports.ts";

/** The library's storage contract over our stores; clients are read from their own table and never written here. */
export function createAdapterFactory(deps: AdapterDeps): AdapterFactory {
  return (model) => (model === "Client" ? clientAdapter(deps) : recordAdapter(deps, model));
}

function recordAdapter({ records, clock }: AdapterDeps, model: string): Adapter {
  return {
    upsert: async (id, payload, expiresIn) => {
      const record = recordOf(model, id, payload, expiryOf(clock.now(), expiresIn));
      if (model !== "ReplayDetection") {
        await records.put(record);
        return;
      }
      // The library looks first and writes then; two requests with one assertion at the same moment would both pass.
      if (!(await records.add(record))) {
        throw new errors.InvalidClientAuth("client assertion tokens must only be used once");
      }
    },
    find: async (id) => payloadOf(await records.find(model, id)),
    findByUid: async (uid) => payloadOf(await records.findByUid(model, uid)),
    // The device flow, the only one with user codes, is switched off.
    findByUserCode: () => Promise.resolve(undefined),
    consume: async (id) => {
      if (!(await records.consume(model, id, clock.now()))) {
        throw new errors.InvalidGrant("it was used at the same moment by another request");
      }
    },
    destroy: (id) => records.remove(model, id),
    revokeByGrantId: (grantId) => records.removeByGrant(model, grantId),
  };
}

function clientAdapter({ clients }: AdapterDeps): Adapter {
  const readOnly = (): Promise<never> =>
    Promise.reject(
      new Error("clients come from the bootstrap manifest and are never written by the protocol"),
    );
  return {
    find: async (id) => {
      const client = await clients.find(id);
      return client && clientMetadata(client);
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
  };
}

/** No record of ours lives longer; one without a stated lifetime would otherwise stay for ever. */
const longestLifeSeconds = 24 * 60 * 60;

function expiryOf(now: Date, expiresIn: number | undefined): Date {
  const seconds = Math.min(expiresIn ?? longestLifeSeconds, longestLifeSeconds);
  return new Date(now.getTime() + seconds * 1000);
}

function recordOf(model: string, id: string, payload: AdapterPayload, expiresAt: Date): ProtocolRecord {
  return {
    model,
    id,
    payload,
    ...(typeof payload.grantId === "string" && { grantId: payload.grantId }),
    ...(typeof payload.uid === "string" && { uid: payload.uid }),
    expiresAt,
  };
}

function payloadOf(
  stored: { readonly payload: Readonly<Record<string, unknown>>; readonly consumedAt?: Date } | undefined,
): AdapterPayload | undefined {
  if (stored === undefined) return undefined;
  const { payload, consumedAt } = stored;
  return { ...payload, ...(consumedAt && { consumed: Math.floor(consumedAt.getTime() / 1000) }) };
}
