import type { AuditCatalogue } from "../audit/index.ts";
import { createWitness, witnessRouter } from "../witness/index.ts";
import type { Express } from "express";
import type { OpenedGovernance } from "./opened-governance.ts";

/** The witness that this service is for the logs of others; nothing where the deployment asks it for none. */
export function mountWitness<Schema, Catalogue extends AuditCatalogue>(
  { db, rings, clock, own, files }: OpenedGovernance<Schema, Catalogue>,
  app: Express,
): void {
  if (files.witnessed === undefined) return;
  const { name, logs } = files.witnessed;
  const witness = createWitness({
    ...{ db, name, clock },
    logs: logs.map(({ origin, vkeys }) => ({ origin, keys: vkeys })),
    openKey: () => rings.open(own.witness.purpose),
    openNext: async () => {
      const versions = await rings.versions(own.witness.purpose);
      const next = versions.find(({ state }) => state === "published");
      return next && (await rings.openVersion(own.witness.purpose, next.version));
    },
    recordKeyUse: (tx, use, at) => rings.in(tx).recordUse(use, at),
  });
  app.use(witnessRouter(witness));
}
