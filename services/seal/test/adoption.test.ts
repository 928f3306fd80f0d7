import { base64Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import {
  createTestCertificateAuthority,
  createTestGovernance,
  describeOnBothDatabases,
  fixedClock,
  memoryRingKeys,
} from "@yinxin/service-kit/testing";
import { migrateToLatest } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { migrations } from "../migrations/index.ts";
import { sealEvents } from "../src/domain/seal-events.ts";
import { openRings } from "../src/operations/open-rings.ts";
import type { SealSchema } from "../src/store/seal-schema.ts";
import { createSealStore } from "../src/store/seal-store.ts";
import { now } from "./seal-for-tests.ts";

/** The migrations of the version before key rings. */
const before = Object.fromEntries(
  Object.entries(migrations).filter(([name]) => name === "0000-audit" || name === "0001-init"),
);

/** The rows of that version. */
interface OldSchema {
  seals: Record<string, unknown>;
  maker_certificates: Record<string, unknown>;
}

describeOnBothDatabases<OldSchema>("data from before there were key rings", before, (open) => {
  /** A database of that version, brought to this one, with the keys that its store still has. */
  async function takeOver(kept: readonly ("maker" | "seal-ab12")[]) {
    const clock = fixedClock(now);
    const old = await open();
    const authority = await createTestCertificateAuthority(clock);
    const [maker, owner] = [1, 2].map(() => createSoftwareSigner(generateKey("SM2").pkcs8));
    if (maker === undefined || owner === undefined) throw new Error("there are no keys");
    const certify = (signer: typeof maker) =>
      enrolCertificate(authority, {
        profile: "seal-maker",
        subject: [
          { type: "C", value: "CN" },
          { type: "O", value: "测试单位" },
          { type: "CN", value: "测试" },
        ],
        signer,
      });
    const certificates = {
      maker: (await certify(maker)).certificate.raw,
      owner: (await certify(owner)).certificate.raw,
    };
    await old
      .insertInto("maker_certificates")
      .values({ key_uri: "file:maker", certificate: certificates.maker, enrolled_at: now })
      .execute();
    const times = { valid_from: "2026-11-01T00:00:00.000Z", valid_until: "2029-11-01T00:00:00.000Z" };
    await old
      .insertInto("seals")
      .values({
        ...{ id: "seal_ab12", code: "33010000000001", name: "测试单位", type: 1, organization_id: "org_1" },
        ...{ status: "active", ...times, size_mm: 42, key_uri: "file:seal-ab12" },
        ...{ certificate: certificates.owner, picture: Uint8Array.of(1), seal: Uint8Array.of(2) },
      })
      .execute();

    const db = old as unknown as Kysely<SealSchema>;
    await migrateToLatest(db, migrations);
    const made = { maker, "seal-ab12": owner };
    const keys = memoryRingKeys(Object.fromEntries(kept.map((label) => [label, made[label]])));
    const governance = createTestGovernance({ service: "seal", db, catalogue: sealEvents, clock, keys });
    const { rings } = governance;
    return { owner, certificates, rings, store: createSealStore({ db, ...governance }) };
  }

  it("is taken over, also after a start that was cut short: keys and certificates become first versions, and the seal its first version", async () => {
    const { owner, certificates, rings, store } = await takeOver(["maker", "seal-ab12"]);
    // The power goes when the owner's ring is there and its certificate is not.
    let changes = 0;
    const cutShort: typeof store = {
      ...store,
      transact: (change) => {
        changes += 1;
        return changes > 1 ? Promise.reject(new Error("power cut")) : store.transact(change);
      },
    };
    await expect(openRings({ store: cutShort, rings })).rejects.toThrow("power cut");
    await openRings({ store, rings });
    await openRings({ store, rings });

    const found = await Promise.all(
      ["seal.maker", "seal.owner.seal_ab12"].map((ring) => rings.versions(ring)),
    );
    expect(found.map((versions) => versions.map(({ state, certificate }) => [state, certificate]))).toEqual([
      [["active", certificates.maker]],
      [["active", certificates.owner]],
    ]);
    const key = await rings.open("seal.owner.seal_ab12");
    expect(base64Of(key.signer.publicKey)).toBe(base64Of(owner.publicKey));
    expect(await store.find("seal_ab12")).toMatchObject({
      version: 1,
      ownerKeyVersion: 1,
      makerKeyVersion: 1,
    });
    expect(await store.findVersionFor("seal_ab12", 1)).toMatchObject({ seal: Uint8Array.of(2) });
  });

  it.each(["maker", "seal-ab12"] as const)(
    "is not started with when only the key %s is left",
    async (kept) => {
      const { rings, store } = await takeOver([kept]);
      await expect(openRings({ store, rings })).rejects.toThrow("is not in the key store");
    },
  );
});
