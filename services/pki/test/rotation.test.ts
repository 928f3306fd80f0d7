import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { pemOfDer } from "@yinxin/crypto/bytes";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import { transact } from "@yinxin/service-kit/database";
import { createTestRotations } from "@yinxin/service-kit/testing";
import type { TestRotations } from "@yinxin/service-kit/testing";
import { afterEach, describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { authorityHooks } from "../src/operations/authority-hooks.ts";
import { startPki } from "./pki-for-tests.ts";
import type { PkiForTests } from "./pki-for-tests.ts";
import { authorityOf, issueOne, trafficOf, verifierOf } from "./traffic.ts";
import type { Algorithm, Issued } from "./traffic.ts";

const run = promisify(execFile);

const running: PkiForTests[] = [];
afterEach(async () => {
  for (const pki of running.splice(0)) await pki.close();
});

/** Keys in memory, unless the test looks at their files. */
async function start(areKeysInFiles = false): Promise<PkiForTests> {
  const pki = await startPki({ makesTestAuthority: true, areKeysInMemory: !areKeysInFiles });
  running.push(pki);
  return pki;
}

function rotationsOf(pki: PkiForTests, beforeTurn?: () => Promise<unknown>): TestRotations {
  const { db, governance, clock, deps } = pki;
  return createTestRotations({
    ...{ db, governance, clock, hooks: authorityHooks(deps) },
    ...(beforeTurn && { beforeTurn }),
  });
}

const officers = ["psn_officer1", "psn_officer2"];

/** Rolls the root over and then the issuing authority, while certificates are issued and verified all the time. */
async function rollOver(pki: PkiForTests, algorithm: Algorithm) {
  const name = algorithm.toLowerCase();
  const { root: oldRoot, rootPem: oldRootPem } = await authorityOf(pki, algorithm);
  const verifiers = [verifierOf(pki, oldRoot)];
  const traffic = trafficOf(pki, algorithm, verifiers);
  await traffic.more(2);
  const rotations = rotationsOf(pki, () => traffic.more(2));

  await rotations.begin("authority-key", `ca.root.${name}`);
  await rotations.runUntil("publish");
  // Whoever trusts only the new root reaches everything from the moment it is shown.
  const next = await pki.governance.rings.find(`ca.root.${name}`, 2);
  const newRootPem = pemOfDer(next?.certificate ?? new Uint8Array(), "CERTIFICATE");
  await rotations.runUntil("retire");
  const { root: newRoot, rootPem } = await authorityOf(pki, algorithm);
  expect(rootPem).toBe(newRootPem);
  verifiers.push(verifierOf(pki, newRoot));
  await traffic.more(2);

  await rotations.begin("issuing-authority", `ca.issuing.${name}`);
  await rotations.runUntil("retire");
  await traffic.more(4);
  const issued = await traffic.stop();
  return { issued, oldRoot, newRoot, oldRootPem, newRootPem };
}

/** The issuing authority's key that signed it. */
const issuerOf = ({ chain }: Issued): string => Buffer.from(chain[0]?.publicKey ?? []).toString("hex");

describe.each<Algorithm>(["SM2", "ES256"])(
  "an authority for %s that goes over to new keys under traffic",
  (algorithm) => {
    it("fails no call, and all that it ever issued is good for those who trust only the old or only the new root", async () => {
      const pki = await start();
      const { issued, oldRoot, newRoot } = await rollOver(pki, algorithm);
      expect(new Set(issued.map(issuerOf)).size).toBe(2);
      expect(new Set(issued.map(({ chain }) => chain.at(-1)?.serialNumber)).size).toBe(2);
      for (const root of [oldRoot, newRoot]) {
        const verifier = verifierOf(pki, root);
        for (const { certificate } of issued) await verifier.verify(certificate);
      }
      // Every signature of an authority is in the trail, and counted: what was issued, and nothing else.
      const versions = await pki.governance.rings.versions(`ca.issuing.${algorithm.toLowerCase()}`);
      expect(versions.map(({ state }) => state)).toEqual(["retiring", "active"]);
      expect(versions.reduce((sum, { signatures }) => sum + signatures, 0)).toBe(issued.length);
      expect(await pki.verifyAudit()).not.toHaveProperty("brokenAt");
    });
  },
);

describe("OpenSSL", () => {
  toolTest(
    ["openssl"],
    "verifies P-256 chains from before, during and after with either root alone",
    async () => {
      const pki = await start();
      const { issued, oldRootPem, newRootPem } = await rollOver(pki, "ES256");
      const folder = await mkdtemp(join(tmpdir(), "yinxin-roll-over-"));
      try {
        const { intermediatesPem } = await authorityOf(pki, "ES256");
        await writeFile(join(folder, "old.pem"), oldRootPem);
        await writeFile(join(folder, "new.pem"), newRootPem);
        await writeFile(join(folder, "known.pem"), intermediatesPem);
        const leaves = await Promise.all(
          [issued[0], issued[Math.floor(issued.length / 2)], issued.at(-1)].map(async (leaf, index) => {
            const path = join(folder, `leaf${String(index)}.pem`);
            await writeFile(path, pemOfDer(leaf?.certificate.raw ?? new Uint8Array(), "CERTIFICATE"));
            return path;
          }),
        );
        for (const root of ["old.pem", "new.pem"]) {
          const at = String(Math.floor(pki.clock.now().getTime() / 1000));
          const options = ["-x509_strict", "-attime", at, "-CAfile", join(folder, root)];
          const known = ["-no-CApath", "-no-CAstore", "-untrusted", join(folder, "known.pem")];
          const { stdout } = await run("openssl", ["verify", ...options, ...known, ...leaves]);
          expect(stdout.match(/: OK/g)).toHaveLength(3);
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  toolTest(["openssl"], "rejects a revoked certificate by the list that is signed at once", async () => {
    const pki = await start();
    const [good, bad] = [await issueOne(pki, "ES256"), await issueOne(pki, "ES256")];
    await revoke(pki, bad.serialNumber);
    const folder = await mkdtemp(join(tmpdir(), "yinxin-crl-"));
    try {
      const { rootPem, intermediatesPem } = await authorityOf(pki, "ES256");
      const pem = (der: Uint8Array, label: string) => pemOfDer(der, label);
      await writeFile(join(folder, "root.pem"), rootPem);
      await writeFile(join(folder, "known.pem"), intermediatesPem);
      await writeFile(join(folder, "list.pem"), pem(await listOf(pki, "authority_es256"), "X509 CRL"));
      await writeFile(join(folder, "good.pem"), pem(good.certificate.raw, "CERTIFICATE"));
      await writeFile(join(folder, "bad.pem"), pem(bad.certificate.raw, "CERTIFICATE"));
      const at = String(Math.floor(pki.clock.now().getTime() / 1000) + 1);
      const verify = (file: string) =>
        run("openssl", [
          ...["verify", "-attime", at, "-crl_check", "-CRLfile", join(folder, "list.pem")],
          ...["-CAfile", join(folder, "root.pem"), "-untrusted", join(folder, "known.pem")],
          join(folder, file),
        ]);
      expect((await verify("good.pem")).stdout).toContain("OK");
      await expect(verify("bad.pem")).rejects.toThrow("certificate revoked");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

async function revoke(pki: PkiForTests, serialNumber: string): Promise<Response> {
  return fetch(`${pki.url}/v1/certificates/${serialNumber}/revocation`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: await pki.tokens.bearer({ subject: "seal", permissions: ["certificate:revoke"] }),
    },
    body: JSON.stringify({ reason: "keyCompromise", invalid_from: "2026-11-20T00:00:00Z" }),
  });
}

async function listOf(pki: PkiForTests, id: string, query = ""): Promise<Uint8Array> {
  const response = await fetch(`${pki.url}/v1/authorities/${id}/crl${query}`);
  if (response.status !== 200) throw new Error(await response.text());
  expect(response.headers.get("content-type")).toBe("application/pkix-crl");
  return new Uint8Array(await response.arrayBuffer());
}

describe("revocation", () => {
  it("is for good, stands in the register, and in the next list with its reason and invalidity date", async () => {
    const pki = await start();
    const { serialNumber } = await issueOne(pki, "SM2");
    const before = parseCertificateList(await listOf(pki, "authority_sm2"));
    expect(before.entryCount).toBe(0);
    pki.clock.advance(1000);
    expect((await revoke(pki, serialNumber)).status).toBe(200);
    expect(await (await revoke(pki, serialNumber)).json()).toMatchObject({
      code: "certificate-revoked-already",
    });
    const after = parseCertificateList(await listOf(pki, "authority_sm2"));
    expect(after.number).toBe((before.number ?? 0n) + 1n);
    expect(after.entries.get(serialNumber)).toMatchObject([
      { reason: "keyCompromise", invalidAt: new Date("2026-11-20T00:00:00Z") },
    ]);
    expect(await listOf(pki, "authority_sm2")).toEqual(await listOf(pki, "authority_sm2"));
    const read: unknown = await (await fetch(`${pki.url}/v1/certificates/${serialNumber}`)).json();
    expect(read).toMatchObject({ revocation: { reason: "keyCompromise" } });
  });

  it("is on the next list though it was stored after the last one with a time before it", async () => {
    const pki = await start();
    const { serialNumber, certificate } = await issueOne(pki, "SM2");
    const revokedAt = pki.clock.now();
    pki.clock.advance(1000);
    expect(parseCertificateList(await listOf(pki, "authority_sm2")).entryCount).toBe(0);
    const revocation = { revokedAt, reason: "superseded" } as const;
    await pki.deps.store.transact((unit) =>
      unit.revokeCertificate(serialNumber, revocation, certificate.notAfter),
    );
    expect(parseCertificateList(await listOf(pki, "authority_sm2")).entries.has(serialNumber)).toBe(true);
  });

  it("stays on the lists until one has named it after the certificate's end (RFC 5280 §3.3)", async () => {
    const pki = await start();
    const { serialNumber, certificate } = await issueOne(pki, "SM2");
    await revoke(pki, serialNumber);
    const isListed = async (): Promise<boolean> =>
      parseCertificateList(await listOf(pki, "authority_sm2")).entries.has(serialNumber);
    expect(await isListed()).toBe(true);
    pki.clock.advance(certificate.notAfter.getTime() - pki.clock.now().getTime() + 1000);
    expect(await isListed()).toBe(true);
    pki.clock.advance(2 * 86_400_000);
    expect(await isListed()).toBe(false);
  });

  it("is still listed by an issuing key that has retired, for those who know only that one", async () => {
    const pki = await start();
    const { serialNumber } = await issueOne(pki, "SM2");
    const rotations = rotationsOf(pki);
    await rotations.begin("issuing-authority", "ca.issuing.sm2");
    await rotations.runUntil("retire");
    await revoke(pki, serialNumber);
    const lists = await Promise.all(
      ["?version=1", "?version=2"].map((query) => listOf(pki, "authority_sm2", query)),
    );
    const [old, current] = lists.map(parseCertificateList);
    expect([old?.entries.has(serialNumber), current?.entries.has(serialNumber)]).toEqual([true, true]);
    expect(old?.number).not.toBe(current?.number);
  });
});

describe("a key of an authority that is stopped", () => {
  it("issues nothing from that moment on, whoever asked before", async () => {
    const pki = await start();
    const { rings } = pki.governance;
    await transact(pki.db, (tx) =>
      rings.in(tx).move({ purpose: "ca.issuing.sm2", version: 1 }, "suspended", {
        ...{ at: pki.clock.now(), reason: "a test", persons: officers.slice(0, 1) },
      }),
    );
    await expect(issueOne(pki, "SM2")).rejects.toThrow("key-suspended");
    expect((await issueOne(pki, "ES256")).serialNumber).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is revoked by the root's list and out of every path when it was compromised", async () => {
    const pki = await start();
    const { certificate } = await issueOne(pki, "ES256");
    const { root } = await authorityOf(pki, "ES256");
    const [issuing] = (await pki.deps.store.listOwnCertificates("authority_es256", "issuing-ca")).map(
      ({ serialNumber }) => serialNumber,
    );
    const rotations = rotationsOf(pki);
    await rotations.begin("compromise", "ca.issuing.es256", { since: "2026-11-20T00:00:00.000Z" });
    await rotations.runUntil("activate");
    const list = parseCertificateList(await listOf(pki, "authority_es256", "?role=root"));
    expect(list.entries.get(issuing ?? "")).toMatchObject([{ reason: "cACompromise" }]);
    await expect(verifierOf(pki, root).verify(certificate)).rejects.toThrow("does not verify");
    await verifierOf(pki, root).verify((await issueOne(pki, "ES256")).certificate);
  });
});

describe("a rotation of an issuing authority", () => {
  it("runs to its end: the old private key is gone when its last certificate has ended", async () => {
    const pki = await start(true);
    const rotations = rotationsOf(pki);
    await rotations.begin("issuing-authority", "ca.issuing.es256");
    const plan = await rotations.runUntil();
    expect(plan.state).toBe("done");
    const [old] = await pki.governance.rings.versions("ca.issuing.es256");
    expect(old?.state).toBe("deactivated");
    expect((await pki.keyFiles()).filter((name) => name.includes("issuing.es256"))).toHaveLength(1);
    const years = (pki.clock.now().getTime() - plan.createdAt.getTime()) / (365 * 86_400_000);
    expect(years).toBeGreaterThan(5);
  });

  it("makes no second certificate when a step that was cut short runs again", async () => {
    const pki = await start();
    const hooks = authorityHooks(pki.deps);
    const certify = hooks["issuing-authority.certify"];
    const twice = {
      ...hooks,
      "issuing-authority.certify": {
        ...certify,
        // As after a kill between the work of the step and its end.
        run: async (context: Parameters<NonNullable<NonNullable<typeof certify>["run"]>>[0]) => {
          await certify?.run?.(context);
          return (await certify?.run?.(context)) ?? null;
        },
      },
    };
    const { db, governance, clock } = pki;
    const rotations = createTestRotations({ db, governance, clock, hooks: twice });
    await rotations.begin("issuing-authority", "ca.issuing.sm2");
    await rotations.runUntil("retire");
    expect(await pki.deps.store.listOwnCertificates("authority_sm2", "issuing-ca")).toHaveLength(2);
  });
});
