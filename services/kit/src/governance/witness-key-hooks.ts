import { signWitnessSuccession } from "@yinxin/crypto/tlog";
import { z } from "zod";

import type { AuditCatalogue } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import type { StepHook } from "../rotations/index.ts";
import { keepWitnessSuccession } from "../witness/index.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

/**
 * What the plan `witness-key` does here: both keys sign a note that says which follows, and from then on both cosign until the
 * old one leaves. The logs fetch the note by themselves when they first meet the new key, also long after.
 */
export function witnessKeyHooks<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
): Readonly<Record<string, StepHook>> {
  const { service, db, rings, trail, clock, own, files } = opened;
  const name = files.witnessed?.name;
  const { purpose } = own.witness;
  return {
    "witness-key.pin": {
      run: async ({ next }) => {
        // Nobody's witness: there is nobody to tell.
        if (name === undefined) return {};
        const keys = [await rings.open(purpose), await rings.openVersion(purpose, next.version)] as const;
        await transact(db, async (tx) => {
          for (const { use } of keys) {
            await trail.kit.in(tx).append({
              ...{ action: "key.used", actor: `service:${service}`, subject: purpose },
              ...{ occurredAt: clock.now(), key: use, detail: { for: "witness-succession" } },
            });
          }
        });
        return { note: await signWitnessSuccession(name, keys[0].signer, keys[1].signer) };
      },
      finish: async (tx, { at }, result) => {
        const { note } = z.object({ note: z.string().optional() }).parse(result);
        if (name !== undefined && note !== undefined) await keepWitnessSuccession(tx, { name, note, at });
      },
    },
  };
}
