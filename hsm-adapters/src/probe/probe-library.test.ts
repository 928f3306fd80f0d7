import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { findTool, toolTest } from "../../../scripts/testing/tools.ts";
import { compileFixture } from "../../testing/compile-fixture.ts";
import { testPrograms } from "../../testing/programs.ts";
import { buildSdfFixture, createSdfState, sdfFixtureVariable } from "../../testing/sdf-fixture/index.ts";
import { skfTest } from "../../testing/skf-fixture/index.ts";
import { createSoftHsm, softHsmTools } from "../../testing/softhsm.ts";
import { parseStoreUri } from "../key-store/index.ts";
import { probeLibrary, problemOfFile } from "./index.ts";
import type { ProbeReport, ProbeRequest } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-probe-"));
const disposals: (() => void)[] = [
  () => {
    rmSync(folder, { recursive: true, force: true });
  },
];
afterAll(() => {
  for (const dispose of disposals) dispose();
});

function probe(
  path: string,
  environment: Record<string, string> = {},
  request: ProbeRequest = {},
  stepMilliseconds = 30_000,
): Promise<ProbeReport> {
  const deps = {
    program: testPrograms().probeProgram,
    environment: { PATH: process.env["PATH"], ...environment },
    machine: process.arch,
    stepMilliseconds,
  };
  return probeLibrary(path, deps, request);
}

const ownProfile = {
  format: "yinxin-device-profile/1",
  name: "own",
  family: "sdf",
  about: "",
  extends: "sdf-standard",
};

/** Not one that only waits for its parent to notice its end. */
function isRunning(processId: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(processId)}/status`, "utf8"));
  } catch {
    return false;
  }
}

function badLibrary(...definitions: string[]): string {
  return compileFixture(join(import.meta.dirname, "../../testing/bad-library"), definitions);
}

describe("probing what is no library", () => {
  it("says so of a missing path, a text file, a folder and a library for another machine, without loading them", async () => {
    const text = join(folder, "vendor.so");
    writeFileSync(text, "/* GNU ld script */ INPUT(libvendor.so.1)\n");
    expect(await probe(join(folder, "missing.so"))).toMatchObject({
      verdict: "not-loadable",
      problem: { code: "library-not-loadable", message: "there is no such file" },
    });
    expect((await probe(text)).problem?.message).toContain("not a library");
    expect((await probe(folder)).problem?.message).toContain("not a regular file");
    const header = Buffer.alloc(64);
    header.write("\u007fELF\u0002\u0001\u0001", "latin1");
    header.writeUInt16LE(3, 16);
    header.writeUInt16LE(183, 18);
    writeFileSync(text, header);
    expect(problemOfFile(text, "x64")?.message).toBe("it is for arm64, and this machine is x64");
  });

  it.runIf(findTool("cc") !== undefined)(
    "gives the loader's words for an ELF file that is cut off",
    async () => {
      const cut = join(folder, "cut.so");
      const header = Buffer.alloc(64);
      header.write("\u007fELF\u0002\u0001\u0001", "latin1");
      header.writeUInt16LE(3, 16);
      header.writeUInt16LE(process.arch === "arm64" ? 183 : 62, 18);
      writeFileSync(cut, header);
      const report = await probe(cut);
      expect(report).toMatchObject({ verdict: "not-loadable", problem: { code: "library-not-loadable" } });
      expect(report.problem?.message).toContain(cut);
    },
  );
});

describe("probing a library", () => {
  it("of none of the families says that", async () => {
    const { sharedObjects } = process.report.getReport() as { readonly sharedObjects: readonly string[] };
    const libc = sharedObjects.find((path) => path.includes("/libc."));
    expect(await probe(libc ?? "")).toMatchObject({
      verdict: "unknown-family",
      families: [],
    });
  });

  toolTest(["cc"], "that crashes says in which function, by which signal", async () => {
    expect(await probe(badLibrary())).toMatchObject({
      verdict: "crashed",
      families: [{ family: "pkcs11" }],
      problem: {
        code: "driver-crashed",
        message: "the library crashed (SIGSEGV) in C_GetInfo",
        step: "C_GetInfo",
        signal: "SIGSEGV",
      },
    });
    expect(await probe(badLibrary("-DCRASHES_AT_ONCE"))).toMatchObject({
      verdict: "crashed",
      problem: { step: "dlopen", signal: "SIGSEGV" },
    });
  });

  toolTest(
    ["cc"],
    "that forges answers and leaves a child is reported, and ended with its child",
    async () => {
      const notes = mkdtempSync(join(folder, "notes-"));
      const report = await probe(badLibrary("-DLIES"), { BAD_LIBRARY_NOTES: notes });
      expect(report).toMatchObject({
        verdict: "failed",
        families: [{ family: "pkcs11" }],
        problem: { message: "the library disturbed the probe's answer" },
      });
      const child = Number(readFileSync(join(notes, "child"), "utf8"));
      await expect.poll(() => isRunning(child)).toBe(false);
      expect(readdirSync(notes)).toEqual(["child"]);
    },
  );

  toolTest(["cc"], "that hangs says from which function it did not come back", async () => {
    expect(await probe(badLibrary("-DHANGS"), {}, {}, 5_000)).toMatchObject({
      verdict: "hung",
      problem: { code: "deadline-exceeded", step: "C_GetInfo" },
    });
  });

  toolTest(softHsmTools, "of PKCS#11 tells its tokens, mechanisms and stores, and tries no PIN", async () => {
    const hsm = createSoftHsm("probed");
    disposals.push(() => {
      hsm.dispose();
    });
    const report = await probe(hsm.library, hsm.environment);
    expect(report).toMatchObject({
      verdict: "usable",
      families: [{ family: "pkcs11", missing: [] }],
      pkcs11: { manufacturer: "SoftHSM", cryptokiVersion: "2.40" },
      stores: [`pkcs11:serial=${hsm.serial}?module-path=${hsm.library}`],
    });
    const token = report.pkcs11?.slots.find((slot) => slot.token?.label === "probed")?.token;
    expect(token).toMatchObject({
      serial: hsm.serial,
      isInitialized: true,
      needsPin: true,
      isPinLocked: false,
    });
    expect(token?.signs).toEqual(["ES256", "ES384", "ES512", "Ed25519", "RS256", "PS256"]);
    expect(token?.mechanisms.find(({ name }) => name === "CKM_ECDSA")?.can).toEqual(["sign", "verify"]);
    for (const store of report.stores) expect(parseStoreUri(store).scheme).toBe("pkcs11");
  });

  for (const [layout, profile] of [
    ["standard", "sdf-standard"],
    ["sansec", "sdf-sansec"],
    ["raw-message", "sdf-raw-message"],
  ] as const) {
    toolTest(["cc"], `of SDF in the layout ${layout} finds ${profile}, without a password`, async () => {
      const state = createSdfState();
      disposals.push(() => {
        state.remove();
      });
      state.fillIndex(1);
      const { library } = await buildSdfFixture(layout);
      const report = await probe(library, { [sdfFixtureVariable]: state.folder });
      expect(report).toMatchObject({ verdict: "usable", families: [{ family: "sdf" }] });
      const store = parseStoreUri(report.stores[0] ?? "");
      expect([store.scheme, store.query.get("profile")]).toEqual(["sdf", profile]);
      const others = report.profiles.filter(({ result }) => result === "does-not-fit");
      expect(others.length).toBeGreaterThan(0);
      for (const { problem } of others) expect(problem?.profileField).toBeDefined();
      // Those that fit stand before those that do not.
      expect(report.profiles.slice(-others.length)).toEqual(others);
    });
  }

  toolTest(
    ["cc"],
    "of SDF that refuses to encrypt says that the layout of ciphertexts was not tested, and why",
    async () => {
      const state = createSdfState();
      disposals.push(() => {
        state.remove();
      });
      state.fillIndex(1);
      const { library } = await buildSdfFixture("sansec");
      const own = join(folder, "own.json");
      // The numbers of algorithms and the layout are the standard's, and both are wrong.
      writeFileSync(own, JSON.stringify({ ...ownProfile, eccMaximumBits: 256 }));
      const wide = join(folder, "wide.json");
      writeFileSync(wide, JSON.stringify({ ...ownProfile, name: "wide" }));
      const report = await probe(library, { [sdfFixtureVariable]: state.folder }, { profiles: [wide, own] });
      expect(report).toMatchObject({
        verdict: "usable",
        profiles: [
          {
            profile: own,
            result: "fits",
            tested: ["eccMaximumBits", "ulongOctets"],
            notTested: [
              {
                field: "cipherLayout",
                call: "SDF_ExternalEncrypt_ECC",
                answer: "SDR_ALGNOTSUPPORT (0x01000009)",
                check: "algorithmIds",
              },
            ],
          },
          { profile: wide, result: "does-not-fit", problem: { profileField: "eccMaximumBits" } },
        ],
      });
    },
  );

  toolTest(["cc"], "with a profile that cannot be read says that, and not that none fits", async () => {
    const { library } = await buildSdfFixture("standard");
    const broken = join(folder, "broken.json");
    writeFileSync(broken, "{");
    expect(await probe(library, {}, { profiles: [broken] })).toMatchObject({
      verdict: "profile-malformed",
      problem: { code: "configuration-malformed", message: expect.stringContaining("is not JSON") as string },
    });
    expect(await probe(library, {}, { profiles: ["./own.json"] })).toMatchObject({
      verdict: "profile-malformed",
      problem: { message: expect.stringContaining("give an absolute path") as string },
    });
    const chained = join(folder, "chained.json");
    writeFileSync(chained, JSON.stringify({ ...ownProfile, extends: "sdf-sansec" }));
    expect(await probe(library, {}, { profiles: [chained] })).toMatchObject({
      problem: { message: expect.stringContaining("copy the whole of profiles/sdf-sansec.json") as string },
    });
  });

  for (const layout of ["standard", "ulong64-natural"] as const) {
    skfTest(`of SKF in the layout ${layout} finds its profile, without a PIN`, layout, async (place) => {
      const report = await probe(place.library);
      expect(report).toMatchObject({ verdict: "usable", families: [{ family: "skf" }] });
      expect(parseStoreUri(report.stores[0] ?? "").query.get("profile")).toBe(place.profile);
      expect(place.calls()).not.toContain("SKF_VerifyPIN");
    });
  }

  toolTest(["cc"], "whose device is away says that, and not that no profile fits", async () => {
    const state = createSdfState();
    disposals.push(() => {
      state.remove();
    });
    state.setFault({ kind: "absent", at: 0 });
    const { library } = await buildSdfFixture("standard");
    expect(await probe(library, { [sdfFixtureVariable]: state.folder })).toMatchObject({
      verdict: "no-device",
    });
  });
});
