import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { expect, it } from "vitest";

import { auditLogMigration, auditMigration, createAuditTrail } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import { describeOnBothDatabases, fixedClock } from "../testing/index.ts";
import { createKeyRings, keyRingMigration } from "./index.ts";
import type { KeyRings, RingDeclaration, RingKeys } from "./index.ts";
import { kitEvents } from "../audit/kit-events.ts";
import { randomBytes } from "node:crypto";

const declaration: RingDeclaration = {
  purpose: "seal.maker",
  title: { zh: "制章", en: "Seal maker" },
  algorithm: "SM2",
  cryptoPeriodDays: 365,
  propagationSeconds: 0,
  overlapSeconds: 3600,
  plan: "rotate",
};

function memoryKeys(): RingKeys {
  const keys = new Map<string, Signer>();
  return {
    open: (uri) => {
      const signer = keys.get(uri);
      return signer ? Promise.resolve(signer) : Promise.reject(new Error(`no key ${uri}`));
    },
    create: (label, algorithm) => {
      const uri = `file:${label}`;
      const signer = keys.get(uri) ?? createSoftwareSigner(generateKey(algorithm).pkcs8, algorithm);
      keys.set(uri, signer);
      return Promise.resolve({ uri, signer });
    },
    describe: () =>
      Promise.resolve(
        [...keys].map(([uri, { algorithm, publicKey }]) => ({
          uri,
          label: uri.slice(5),
          algorithm,
          publicKey,
          device: "memory",
        })),
      ),
    device: () => Promise.resolve({ name: "memory", state: "ready" }),
  };
}

describeOnBothDatabases(
  "key rings",
  { "0000-audit": auditMigration, "0009-audit-log": auditLogMigration, "0010-key-rings": keyRingMigration },
  (open) => {
    it("sketch", async () => {
      const db = await open();
      const trail = createAuditTrail(
        db,
        {},
        { recordKeyUse: (tx, use, at) => rings.in(tx).recordUse(use, at) },
      );
      const rings: KeyRings = createKeyRings({
        db,
        keys: memoryKeys(),
        trail: trail.kit,
        clock: fixedClock("2026-11-22T00:00:00Z"),
        randomBytes,
        service: "seal",
      });
      const v = await rings.ensure(declaration);
      expect(v.state).toBe("active");
      const key = await rings.open("seal.maker");
      await transact(db, (tx) => rings.in(tx).recordUse(key.use, new Date("2026-11-22T00:00:01Z")));
      expect((await rings.find("seal.maker", 1))?.signatures).toBe(1);
      void kitEvents;
      await transact(db, (tx) =>
        rings.in(tx).move(key.use, "suspended", {
          at: new Date("2026-11-22T00:00:01Z"),
          reason: "test",
          persons: ["a"],
        }),
      );
      await expect(rings.open("seal.maker")).rejects.toMatchObject({ code: "key-suspended" });
      await expect(
        transact(db, (tx) => rings.in(tx).recordUse(key.use, new Date("2026-11-22T00:00:01Z"))),
      ).rejects.toMatchObject({ code: "key-suspended" });
    });
  },
);
