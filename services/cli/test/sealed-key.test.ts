import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of, derOfPem } from "@yinxin/crypto/bytes";
import { afterAll, describe, expect, it } from "vitest";

import { testPrograms } from "../../../hsm-adapters/testing/programs.ts";
import { sharedPassphrase } from "../src/backup/shared-passphrase.ts";
import { command as certificateCommand } from "../src/keys/certificate-command.ts";
import { openOfficerKey } from "../src/keys/officer-key.ts";
import { breakGlassCommand } from "../src/officers/break-glass-command.ts";
import { genesisCommand } from "../src/officers/genesis-command.ts";
import { requestCommand } from "../src/officers/request-command.ts";
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
  });

  it("gets a certificate that was issued later, with the shares and without any passphrase", async () => {
    const terminal = createTestTerminal({ environment });
    const store = ["--store", `file:${at("sealed")}`, "--sandbox"];
    const two = ["--share-file", share(1), "--share-file", share(2)];
    const write = ["file:break-glass", ...store, "--write", at("glass.pem")];
    expect(await certificateCommand.run([...write, ...two, "--dry-run"], terminal)).toBe(0);
    expect(terminal.said()).toContain("would keep the certificate");
    expect(await certificateCommand.run([...write, ...two], terminal)).toBe(0);
    expect(await certificateCommand.run(["file:break-glass", ...store, ...two], terminal)).toBe(0);
    expect(terminal.printed()).toContain(readFileSync(at("glass.pem"), "utf8").trim().split("\n")[1]);
    const both = [...write, ...two, "--pin-file", at("passphrase")];
    await expect(certificateCommand.run(both, terminal)).rejects.toThrow("not both");
  });

  it("enters the first policy by its certificate", async () => {
    const terminal = createTestTerminal({ environment });
    for (const [index, id] of ["wang-lei", "li-qiang", "chen-xiao", "zhao-ping"].entries()) {
      const words = ["--store", `file:${at("cards")}`, "--label", id, "--name", id, "--out", at(`${id}.pem`)];
      const passphrase = at("passphrase");
      if (index === 0) writeFileSync(passphrase, "correct horse battery staple", { mode: 0o400 });
      const sandbox = ["--pin-file", passphrase, "--sandbox", "--sandbox-root", "root"];
      expect(await requestCommand.run([...words, ...sandbox], terminal)).toBe(0);
    }
    const roles = ["system-administrator", "security-officer", "security-officer", "auditor"];
    const officers = ["wang-lei", "li-qiang", "chen-xiao", "zhao-ping"].map((id, index) => ({
      ...{ id, person: `100${String(index)}`, name: id, unit: "u", role: roles[index] },
      certificate: at(`${id}.pem`),
    }));
    writeFileSync(at("officers.json"), JSON.stringify(officers));
    const words = ["--deployment", "yunling", "--officers", at("officers.json"), "--out", at("policy.json")];
    const glass = ["--break-glass", at("glass.pem"), "--review-within", "48"];
    expect(await genesisCommand.run([...words, ...glass], terminal)).toBe(0);
    expect(terminal.printed()).toContain("emergency key: its use is reviewed within 48 h");
    const { genesis } = JSON.parse(readFileSync(at("policy.json"), "utf8")) as { genesis: string };
    const policy = JSON.parse(Buffer.from(genesis, "base64").toString()) as unknown;
    const [der] = derOfPem(readFileSync(at("glass.pem"), "utf8"), "CERTIFICATE");
    expect(policy).toMatchObject({
      break_glass: { certificate: base64Of(der ?? new Uint8Array()), review_within_hours: 48 },
    });
    await expect(genesisCommand.run([...words, "--review-within", "48"], terminal)).rejects.toThrow(
      "--review-within goes with",
    );
  });
});
