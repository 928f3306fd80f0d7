import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pemOfDer } from "@yinxin/crypto/bytes";
import { afterAll, describe, expect, it } from "vitest";

import { createTestOfficers, fixedClock, silentLog as log } from "../testing/index.ts";
import { openOfficerCrls } from "./officer-crls.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-test-crls-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the file of the officers' revocation lists", () => {
  it("is read at the start and again once it changes; unreadable, it says nothing of anybody", async () => {
    const clock = fixedClock("2026-11-22T08:00:00.000Z");
    const officers = await createTestOfficers(clock);
    const lasting = { from: clock.now(), until: new Date("2026-11-23T08:00:00.000Z") };
    const lists = await officers.crls([], lasting);
    const file = join(folder, "officers.crl");
    writeFileSync(file, lists.map((der) => pemOfDer(der, "X509 CRL")).join(""));
    const read = await openOfficerCrls(file, { clock, log });
    expect(await read?.()).toHaveLength(2);
    writeFileSync(file, lists[0] ?? "");
    expect(await read?.()).toHaveLength(2);
    clock.advance(10_000);
    expect(await read?.()).toHaveLength(1);
    writeFileSync(file, "-----BEGIN X509 CRL-----\n");
    clock.advance(10_000);
    expect(await read?.()).toEqual([]);
    await expect(openOfficerCrls(file, { clock, log })).rejects.toThrow(/^OFFICER_CRLS_FILE: /);
    await expect(openOfficerCrls(join(folder, "none"), { clock, log })).rejects.toThrow("OFFICER_CRLS_FILE");
    expect(await openOfficerCrls(undefined, { clock, log })).toBeUndefined();
  });
});
