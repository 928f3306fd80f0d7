import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { conformanceOf } from "../../testing/conformance-of.ts";
import type { DeviceUnderTest } from "../../testing/conformance-of.ts";
import { createNss, nssTools } from "../../testing/nss.ts";
import { createOpencryptoki, opencryptokiTools } from "../../testing/opencryptoki.ts";
import { createP11Kit, p11KitTools } from "../../testing/p11-kit.ts";
import { findLibrary, requireLibrary, runTool } from "../../testing/pkcs11-token.ts";
import type { Pkcs11Token } from "../../testing/pkcs11-token.ts";
import {
  buildSdfFixture,
  createSdfState,
  sdfFixtureTools,
  sdfFixtureVariable,
  sdfLayouts,
  sdfPassword,
} from "../../testing/sdf-fixture/index.ts";
import type { SdfLayout } from "../../testing/sdf-fixture/index.ts";
import { createSkfPlace, skfFixtureTools, skfLayouts } from "../../testing/skf-fixture/index.ts";
import type { SkfLayout } from "../../testing/skf-fixture/index.ts";
import { createSoftHsm, softHsmTools } from "../../testing/softhsm.ts";
import { createTpm, tpmTools } from "../../testing/tpm.ts";
import { startVirtualReader, virtualReaderTools } from "../../testing/virtual-card/virtual-reader.ts";
import type { VirtualReader } from "../../testing/virtual-card/virtual-reader.ts";
import { parseKeyUri, writeKeyUri } from "../key-store/index.ts";
import { writeSimulatorControl } from "../simulator/index.ts";
import type { ConformanceRow } from "./index.ts";

/** No row failed, and those that must not be left out on this device were not. */
function expectConformance(rows: readonly ConformanceRow[], ...musts: readonly string[]): void {
  expect(rows.filter(({ result }) => result === "failed")).toEqual([]);
  const passed = rows.filter(({ result }) => result === "passed").map(({ name }) => name);
  const always = [
    "open-close",
    "list",
    "parallel",
    "closed",
    "session-lost",
    "driver-killed",
    "soak",
    "health",
  ];
  expect(passed).toEqual(expect.arrayContaining([...always, ...musts]));
}

const makesAndDestroys = ["labels", "made-elsewhere", "destroyed", "private-key-stays"];

function simulator(): DeviceUnderTest {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-kit-"));
  const controlFile = join(folder, "control.json");
  const pinFile = join(folder, "pin");
  writeFileSync(pinFile, "648219", { mode: 0o400 });
  return {
    family: "simulator",
    config: { folder, serial: "1", pin: "648219", controlFile, hidesNewKeys: true },
    pinFile,
    token: { pollRemovedMilliseconds: 50 },
    hangs: true,
    triesWrongPin: true,
    hooks: {
      removeDevice: () => {
        writeSimulatorControl(controlFile, { isPresent: false });
        return Promise.resolve(() => {
          writeSimulatorControl(controlFile, { isPresent: true });
          return Promise.resolve();
        });
      },
    },
    dispose: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function softHsm(): DeviceUnderTest {
  const hsm = createSoftHsm();
  const { library, label, environment, pinFile } = hsm;
  return {
    family: "pkcs11",
    config: { library, token: { label } },
    environment,
    pinFile,
    hangs: true,
    triesWrongPin: true,
    hooks: {
      makeKeyElsewhere: (name) => {
        hsm.pkcs11Tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "0a", "--label", name);
        return Promise.resolve(parseKeyUri(`pkcs11:serial=${hsm.serial};id=%0a`));
      },
    },
    dispose: () => {
      hsm.dispose();
    },
  };
}

function otherToken(token: Pkcs11Token, options: Partial<DeviceUnderTest> = {}): DeviceUnderTest {
  const { library, libraryParameters, label, environment, pinFile } = token;
  return {
    family: "pkcs11",
    config: { library, token: { label }, ...(libraryParameters === undefined ? {} : { libraryParameters }) },
    environment,
    pinFile,
    isLean: true,
    dispose: () => token.dispose(),
    ...options,
  };
}

async function sdf(layout: SdfLayout): Promise<DeviceUnderTest> {
  const state = createSdfState();
  state.fillIndex(1);
  const pinFile = join(state.folder, "pin");
  writeFileSync(pinFile, sdfPassword, { mode: 0o400 });
  return {
    family: "sdf",
    isLean: layout !== "standard",
    config: { ...(await buildSdfFixture(layout)), indexes: "1-4" },
    environment: { [sdfFixtureVariable]: state.folder },
    pinFile,
    hooks: {
      unknownUri: parseKeyUri("sdf:serial=2026010100100001;index=4"),
      // The operator's console; the interface has no labels.
      makeKeyElsewhere: () => {
        state.fillIndex(2);
        return Promise.resolve(parseKeyUri("sdf:serial=2026010100100001;index=2"));
      },
    },
    dispose: () => {
      state.remove();
    },
  };
}

function skf(layout: SkfLayout): DeviceUnderTest {
  const place = createSkfPlace(layout);
  return {
    family: "skf",
    isLean: layout !== "standard",
    config: { library: place.library, profile: place.profile, pollMilliseconds: 50 },
    pinFile: place.pinFile,
    triesWrongPin: layout === "standard",
    token: { pollRemovedMilliseconds: 50 },
    hooks: {
      removeDevice: () => {
        place.remove();
        return Promise.resolve(() => {
          place.insert();
          return Promise.resolve();
        });
      },
    },
    dispose: () => {
      place.dispose();
    },
  };
}

function pivCard(reader: VirtualReader): DeviceUnderTest {
  return {
    family: "piv",
    config: {
      serial: reader.settings.guid,
      managementKey: { file: reader.managementKeyFile, algorithm: "aes-192" },
      newKeySlots: ["9a", "82", "83", "84"],
    },
    environment: reader.environment,
    pinFile: reader.pinFile,
    isLean: true,
    // A card keeps its keys: the four slots are for this run.
    conformance: { makesKeys: "always", algorithms: ["ES256", "RS256"] },
    dispose: () => undefined,
  };
}

/** The same card through another program, which makes no keys on it. */
function openSc(reader: VirtualReader): DeviceUnderTest {
  const library = requireLibrary(openScLibrary);
  const seen = runTool("pkcs11-tool", ["--module", library, "-L"], reader.environment);
  const serial = /serial num\s*: (\S+)/.exec(seen)?.[1] ?? "";
  return {
    family: "pkcs11",
    config: { library, token: { serial }, profile: "opensc-piv" },
    environment: reader.environment,
    pinFile: reader.pinFile,
    isLean: true,
    token: { sessions: 2 },
    conformance: { algorithms: ["ES256"] },
    hooks: { unknownUri: writeKeyUri("pkcs11", { serial, id: Uint8Array.of(99) }) },
    dispose: () => undefined,
  };
}

const openScLibrary = "opensc-pkcs11.so";
const openScTools = findLibrary(openScLibrary) === undefined ? [openScLibrary] : ["pkcs11-tool"];

describe("the conformance kit", () => {
  it("passes the simulator in a driver host, which is killed, hangs, and is pulled out and put back", async () => {
    expectConformance(
      await conformanceOf(simulator()),
      ...["sign:SM2", "sign:ES256", "sign:Ed25519", "sign:PS256", ...makesAndDestroys],
      ...["deadline", "device-removed", "wrong-pin"],
    );
  });

  toolTest(
    softHsmTools,
    "passes SoftHSM, with keys that pkcs11-tool makes under Chinese labels",
    async () => {
      const signing = ["sign:ES256", "sign:ES384", "sign:Ed25519", "sign:RS256", "sign:PS512"];
      const rows = await conformanceOf(softHsm());
      expectConformance(rows, ...signing, ...makesAndDestroys, "deadline", "wrong-pin");
      expect(rows.find(({ name }) => name === "labels")?.detail.zh).toContain("印信合规测试");
    },
  );

  toolTest(nssTools, "passes NSS softokn", async () => {
    expectConformance(
      await conformanceOf(otherToken(createNss(), { conformance: { algorithms: ["ES256", "RS256"] } })),
      "sign:ES256",
      ...makesAndDestroys,
    );
  });

  toolTest(p11KitTools, "passes p11-kit's client", async () => {
    expectConformance(
      await conformanceOf(otherToken(await createP11Kit())),
      "sign:ES256",
      ...makesAndDestroys,
    );
  });

  toolTest(opencryptokiTools, "passes opencryptoki, which has RSA only", async () => {
    expectConformance(await conformanceOf(otherToken(await createOpencryptoki())), "sign:RS256");
  });

  toolTest(tpmTools, "passes tpm2-pkcs11 on an emulated TPM", async () => {
    const device = otherToken(await createTpm(), {
      token: { sessions: 2 },
      conformance: { algorithms: ["ES256", "RS256"] },
    });
    expectConformance(await conformanceOf(device), "sign:ES256", "sign:RS256");
  });

  toolTest(
    virtualReaderTools(...openScTools),
    "passes a PIV card, and OpenSC with the key that was made there",
    async () => {
      const reader = await startVirtualReader();
      try {
        expectConformance(await conformanceOf(pivCard(reader)), "sign:ES256", "sign:RS256");
        expectConformance(await conformanceOf(openSc(reader)), "sign:ES256", "destroyed");
      } finally {
        await reader.dispose();
      }
    },
  );

  for (const layout of sdfLayouts) {
    toolTest(sdfFixtureTools, `passes an SDF library of the layout ${layout}`, async () => {
      expectConformance(await conformanceOf(await sdf(layout)), "sign:SM2", "made-elsewhere", "destroyed");
    });
  }

  for (const layout of skfLayouts) {
    toolTest(skfFixtureTools, `passes an SKF library of the layout ${layout}`, async () => {
      expectConformance(await conformanceOf(skf(layout)), "sign:SM2", "destroyed", "device-removed");
    });
  }
});
