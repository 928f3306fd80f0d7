import { z } from "zod";

import { announceLogKey } from "../audit/index.ts";
import type { AuditCatalogue } from "../audit/index.ts";
import type { StepHook } from "../rotations/index.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

/**
 * What the plan `audit-key` does here: the successor is named inside the log while only the old key is believed, and then one
 * checkpoint over that very event is signed by both. Witnesses that do not know the new key are shown the proof when they
 * first refuse it, so pinning needs no step of its own.
 */
export function auditKeyHooks<Schema, Catalogue extends AuditCatalogue>({
  service,
  trail,
  auditLog,
}: Pick<OpenedGovernance<Schema, Catalogue>, "service" | "trail" | "auditLog">): Readonly<
  Record<string, StepHook>
> {
  return {
    "audit-key.announce": {
      run: async () => ({ origin: (await auditLog.checkpoint()).origin }),
      finish: async (tx, { old, next, at }, result) => {
        const { origin } = z.object({ origin: z.string() }).parse(result);
        // A ring always has a version that signs: the plan is only for one that has.
        if (old === undefined) throw new Error("the audit log has no key that could name a successor");
        const [from, to] = [old.publicKey, next.publicKey];
        await announceLogKey(tx, trail.kit, { origin, from, to, actor: service, at });
      },
    },
    "audit-key.sign-both": {
      run: async () => {
        const { size, origin } = await auditLog.checkpoint();
        return { origin, size };
      },
    },
  };
}
