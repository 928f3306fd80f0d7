import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { testPrograms } from "../../../hsm-adapters/testing/programs.ts";
import { sharedPassphrase } from "../src/backup/shared-passphrase.ts";
import { openOfficerKey } from "../src/keys/officer-key.ts";
import { breakGlassCommand } from "../src/officers/break-glass-command.ts";
import { createTestTerminal } from "./test-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-sealed-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the sealed emergency key", () => {
  const at = (name: string): string => join(folder, name);
  const { driverHostProgram, verifierProgram, probeProgram } = testPrograms();
  const environment = {
    YINXIN_DRIVER_HOST: driverHostProgram,
    YINXIN_VERIFIER: verifierProgram,
    YINXIN_PROBE: probeProgram,
  };
  const share = (index: number): string => at(`shares/share-${String(index)}.txt`);

  it("is opened by any two of three shares, and by none alone", async () => {
    const terminal = createTestTerminal({ environment });
    const words = [
      "--folder",
      at("sealed"),
      "--shares",
      "3",
      "--threshold",
      "2",
      "--shares-dir",
      at("shares"),
    ];
    const made = [...words, "--request", at("glass.pem"), "--sandbox", "--sandbox-root", "root"];
    expect(await breakGlassCommand.run(made, terminal)).toBe(0);
    expect(terminal.printed().trim().split("\n")).toEqual([share(1), share(2), share(3)]);
    expect(readFileSync(at("glass.pem"), "utf8")).toContain("BEGIN CERTIFICATE");
    expect(readFileSync(share(1), "utf8").trim().split(" ").length).toBeGreaterThan(20);

    const request = { store: `file:${at("sealed")}`, label: "break-glass", isSandbox: true };
    const key = await openOfficerKey(
      { ...request, pin: sharedPassphrase([share(3), share(1)], terminal) },
      terminal,
    );
    expect(key.certificate.keyAlgorithm).toBe("ES256");
    await key.close();
    await expect(sharedPassphrase([share(2)], terminal).read()).rejects.toMatchObject({
      code: "shares-unusable",
    });
    const asking = createTestTerminal({ answers: [readFileSync(share(2), "utf8")] });
    expect(await sharedPassphrase([share(1)], asking).read()).toEqual(
      await sharedPassphrase([share(2), share(3)], terminal).read(),
    );
    expect(asking.questions).toEqual(["Words of share 2/2, on one line:"]);
  }, 60_000);
});
