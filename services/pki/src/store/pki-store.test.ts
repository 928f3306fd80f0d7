import { migrateToLatest } from "@yinxin/service-kit/database";
import {
  createTestCertificateAuthority,
  createTestGovernance,
  describeOnBothDatabases,
  fixedClock,
} from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { migrations } from "../../migrations/index.ts";
import type { AuthorityRecord } from "../domain/authority.ts";
import type { CertificateReservation } from "../domain/certificate-register.ts";
import { pkiEvents } from "../domain/pki-events.ts";
import type { PkiStore } from "../operations/pki-store.ts";
import { rowOfReservation } from "./certificate-row.ts";
import { createPkiStore } from "./pki-store.ts";
import type { PkiSchema } from "./pki-schema.ts";

const at = new Date("2026-11-22T08:00:00.000Z");

const authority: AuthorityRecord = {
  id: "authority_sm2",
  algorithm: "SM2",
  rootCertificate: Uint8Array.of(1, 2, 3),
  issuingCertificate: Uint8Array.of(4, 5),
  issuingKeyUri: "file:issuing-sm2",
  createdAt: at,
};

const reservation: CertificateReservation = {
  serialNumber: "4a".repeat(16),
  authorityId: authority.id,
  profile: "seal-owner",
  subject: "CN=33010600000001",
  requestDigest: `sm3:${"00".repeat(32)}`,
  requestedBy: "seal",
  reservedAt: at,
  issuer: { purpose: "ca.issuing.sm2", version: 1 },
};

function storeOf(db: Kysely<PkiSchema>): PkiStore {
  const clock = fixedClock(at);
  return createPkiStore({ db, ...createTestGovernance({ service: "pki", db, catalogue: pkiEvents, clock }) });
}

describeOnBothDatabases<PkiSchema>("the store of the certificate authority", migrations, (open) => {
  it("keeps an authority, and only one an algorithm", async () => {
    const store = storeOf(await open());
    expect(await store.findAuthority("SM2")).toBeUndefined();
    expect(await store.transact((unit) => unit.addAuthority(authority))).toBe(true);
    const second = { ...authority, rootCertificate: Uint8Array.of(9) };
    expect(await store.transact((unit) => unit.addAuthority(second))).toBe(false);
    expect(await store.findAuthority("SM2")).toEqual(authority);
    expect(await store.findAuthority("ES256")).toBeUndefined();
  });

  it("reserves a serial number once", async () => {
    const store = storeOf(await open());
    await store.transact((unit) => unit.addAuthority(authority));
    await store.reserve(reservation);
    await expect(store.reserve(reservation)).rejects.toThrow();
  });

  it("does not give a reserved number out as a certificate", async () => {
    const store = storeOf(await open());
    await store.transact((unit) => unit.addAuthority(authority));
    await store.reserve(reservation);
    expect(await store.findCertificate(reservation.serialNumber)).toBeUndefined();
  });

  it("puts a certificate to its reservation once, and to no other number", async () => {
    const store = storeOf(await open());
    await store.transact((unit) => unit.addAuthority(authority));
    await store.reserve(reservation);
    const complete = (serialNumber: string, byte: number): Promise<boolean> =>
      store.transact((unit) => unit.completeCertificate(serialNumber, Uint8Array.of(byte), at));
    expect(await complete("4b".repeat(16), 1)).toBe(false);
    expect(await complete(reservation.serialNumber, 7)).toBe(true);
    expect(await complete(reservation.serialNumber, 8)).toBe(false);
    expect(await store.findCertificate(reservation.serialNumber)).toEqual({
      serialNumber: reservation.serialNumber,
      authorityId: authority.id,
      profile: "seal-owner",
      issuer: reservation.issuer,
      certificate: Uint8Array.of(7),
      issuedAt: at,
    });
  });

  it("stores nothing of a change that fails", async () => {
    const store = storeOf(await open());
    const change = store.transact(async (unit) => {
      await unit.addAuthority(authority);
      throw new Error("the power went out");
    });
    await expect(change).rejects.toThrow("the power went out");
    expect(await store.findAuthority("SM2")).toBeUndefined();
  });

  it("writes the event in the transaction of the change", async () => {
    const db = await open();
    const store = storeOf(db);
    const detail = {
      algorithm: "SM2",
      root_serial_number: "01",
      issuing_serial_number: "02",
      root_digest: "sm3:00",
    };
    const event = {
      action: "authority.created",
      actor: "pki",
      subject: authority.id,
      occurredAt: at,
      detail,
    } as const;
    const change = store.transact(async (unit) => {
      await unit.audit.append(event);
      throw new Error("the power went out");
    });
    await expect(change).rejects.toThrow();
    const count = async (): Promise<number> =>
      (
        await db
          .selectFrom("audit_events" as never)
          .selectAll()
          .execute()
      ).length;
    expect(await count()).toBe(0);
    await store.transact((unit) => unit.audit.append(event));
    expect(await count()).toBe(1);
  });

  it("revokes a certificate once, and never one that was not issued", async () => {
    const store = storeOf(await open());
    await store.transact((unit) => unit.addAuthority(authority));
    await store.reserve(reservation);
    const { serialNumber, issuer } = reservation;
    const revocation = { revokedAt: at, reason: "keyCompromise", invalidFrom: at } as const;
    const end = new Date(at.getTime() + 1000);
    const revoke = (): Promise<boolean> =>
      store.transact((unit) => unit.revokeCertificate(serialNumber, revocation, end));
    expect(await revoke()).toBe(false);
    await store.transact((unit) => unit.completeCertificate(serialNumber, Uint8Array.of(7), at));
    expect(await revoke()).toBe(true);
    expect(await revoke()).toBe(false);
    const listed = [{ serialNumber, ...revocation }];
    expect(await store.listRevoked(issuer.purpose, undefined)).toEqual(listed);
    expect(await store.listRevoked(issuer.purpose, end)).toEqual(listed);
    expect(await store.listRevoked(issuer.purpose, new Date(end.getTime() + 1))).toEqual([]);
    expect(await store.listRevoked("ca.issuing.es256", undefined)).toEqual([]);
  });

  it("gives each list of an issuer a number of its own, whichever key signed it", async () => {
    const store = storeOf(await open());
    const listOf = (version: number, number: number) => ({
      issuer: { purpose: "ca.issuing.sm2", version },
      number,
      thisUpdate: at,
      nextUpdate: new Date(at.getTime() + 1000),
      list: Uint8Array.of(version, number),
    });
    const add = (version: number, number: number): Promise<boolean> =>
      store.transact((unit) => unit.addCertificateList(listOf(version, number)));
    expect(await store.lastListNumber("ca.issuing.sm2")).toBe(0);
    expect([await add(1, 1), await add(1, 2), await add(2, 2), await add(2, 3)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(await store.lastListNumber("ca.issuing.sm2")).toBe(3);
    expect(await store.latestCertificateList({ purpose: "ca.issuing.sm2", version: 1 })).toEqual(
      listOf(1, 2),
    );
  });
});

const earlier = Object.fromEntries(
  Object.entries(migrations).filter(([name]) => name < "0021-revoked-until"),
);

describeOnBothDatabases<PkiSchema>(
  "certificates that were revoked before lists forgot any",
  earlier,
  (open) => {
    it("stand on lists until they end", async () => {
      const db = await open();
      const { roots } = await createTestCertificateAuthority(fixedClock(at));
      const [certificate] = roots;
      if (certificate === undefined) throw new Error("there is no certificate");
      const issued = { certificate: certificate.raw, issued_at: at.toISOString() };
      const revoked = { revoked_at: at.toISOString(), revocation_reason: "superseded" };
      await storeOf(db).transact((unit) => unit.addAuthority(authority));
      const columns = Object.entries({ ...rowOfReservation(reservation), ...issued, ...revoked });
      const row = Object.fromEntries(columns.filter(([name]) => name !== "not_after"));
      await db
        .insertInto("certificates")
        .values(row as unknown as PkiSchema["certificates"])
        .execute();
      await migrateToLatest(db, migrations);
      const listed = (from: Date) => storeOf(db).listRevoked(reservation.issuer.purpose, from);
      expect(await listed(certificate.notAfter)).toHaveLength(1);
      expect(await listed(new Date(certificate.notAfter.getTime() + 1))).toEqual([]);
    });
  },
);
