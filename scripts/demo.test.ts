import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, describe, expect, it } from "vitest";

import { toolTest } from "./testing/tools.ts";
import { busyPorts, findFreePortBase, layOut } from "./demo/layout.ts";

const repository = join(import.meta.dirname, "..");
const isUp = "Ctrl-C stops everything";

interface Demo {
  readonly process: ChildProcess;
  /** Both streams so far. */
  text(): string;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Resolves when the text has appeared; rejects if the demo ends before. */
  says(text: string): Promise<void>;
}

const running = new Set<Demo>();

function startDemo(...args: string[]): Demo {
  return startScript("scripts/demo.ts", args);
}

function startScript(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Demo {
  const child = spawn(process.execPath, ["--conditions=@yinxin/source", "--import", "tsx", script, ...args], {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(demo);
      resolve(code ?? signal);
    });
  });
  const demo: Demo = {
    process: child,
    text: () => text,
    ended,
    says: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text.includes(wanted)) resolve();
        };
        listeners.add(look);
        look();
        void ended.then((how) => {
          reject(new Error(`the demo ended (${String(how)}) without saying "${wanted}":\n${text}`));
        });
      }),
  };
  running.add(demo);
  return demo;
}

describe("the demo", () => {
  const data = mkdtempSync(join(tmpdir(), "yinxin-demo-test-"));
  const folder = join(data, "demo");
  afterEach(async () => {
    for (const demo of running) demo.process.kill("SIGKILL");
    await Promise.all([...running].map((demo) => demo.ended));
  });
  afterAll(() => {
    rmSync(data, { recursive: true, force: true });
  });

  it("comes up, names busy ports to a second one, leaves nothing behind, and starts again on its data", async () => {
    const portBase = await findFreePortBase(randomInt);
    const args = ["--port-base", String(portBase), "--data", folder];
    const first = startDemo(...args);
    await first.says(isUp);
    expect(first.text()).toContain("VALID_WITH_WARNINGS → INVALID");
    expect(first.text()).toMatch(/leaf 0 of 3/);

    const seed = startScript("scripts/seed.ts", args);
    expect(await seed.ended, seed.text()).toBe(0);
    expect(seed.text()).toContain("3 licenses are there");

    const second = startDemo("--port-base", String(portBase), "--data", join(data, "other"));
    expect(await second.ended).toBe(1);
    expect(second.text()).toContain(`port ${String(portBase + 3)} (seal) is busy`);
    expect(second.text()).toContain(`port ${String(portBase + 100)} (desk metrics) is busy`);

    const elsewhere = startDemo("--port-base", String(await findFreePortBase(randomInt)), "--data", folder);
    expect(await elsewhere.ended).toBe(1);
    expect(elsewhere.text()).toContain(`is in use by process ${String(first.process.pid)}`);

    first.process.kill("SIGINT");
    expect(await first.ended).toBe(0);
    expect(await busyPorts(layOut(folder, portBase))).toEqual([]);

    const third = startDemo("--check", ...args);
    expect(await third.ended, third.text()).toBe(0);
    // Neither the seals nor the licenses were made a second time.
    expect(third.text()).toMatch(/leaf 0 of 3/);
    expect(await busyPorts(layOut(folder, portBase))).toEqual([]);
  });

  it("keeps its secrets to the account that runs it, and out of every log", () => {
    const passphrase = readFileSync(join(folder, "passphrase"), "utf8");
    const passwords = readFileSync(join(folder, "passwords.txt"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[1] ?? "");
    expect(passwords).toHaveLength(4);
    for (const file of ["passphrase", "passwords.txt", "people.json"]) {
      expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0);
    }
    for (const service of ["desk", "sso", "signing", "seal", "ledger", "pki"]) {
      const log = readFileSync(join(folder, service, "log.jsonl"), "utf8");
      for (const secret of [passphrase, ...passwords]) expect(log).not.toContain(secret);
    }
  });

  it("takes its services along when it is killed without a chance to say goodbye", async () => {
    const portBase = await findFreePortBase(randomInt);
    const demo = startDemo("--port-base", String(portBase), "--data", folder);
    await demo.says(isUp);
    demo.process.kill("SIGKILL");
    await demo.ended;
    await expect.poll(() => busyPorts(layOut(folder, portBase)), { interval: 200 }).toEqual([]);
  });

  toolTest(
    ["softhsm2-util", "cc"],
    "keeps the services' keys in devices, also on a second start",
    async () => {
      const data = join(folder, "devices-demo");
      for (const start of ["first", "second"]) {
        const demo = startDemo("--check", "--keys", "devices", "--data", data);
        expect(await demo.ended, `${start}: ${demo.text()}`).toBe(0);
        expect(demo.text()).toContain("8 P-256 in SoftHSM, 6 SM2 in the cipher machine");
      }
      // In files is only what the two devices do not do: Ed25519, for logs and witnesses.
      const files = (service: string) => readdirSync(join(data, service, "keys")).sort();
      for (const service of ["desk", "sso", "signing", "seal", "pki"]) {
        expect(files(service), service).toEqual(["audit.key.json", "store.json", "witness.key.json"]);
      }
      const ledger = ["audit.key.json", "ledger.checkpoint-v1.key.json", "store.json", "witness.key.json"];
      expect(files("ledger")).toEqual(ledger);
      for (const pin of [join(data, "devices/machine.pin"), join(data, "seal/softhsm/pin")]) {
        expect(statSync(pin).mode & 0o777).toBe(0o400);
        const secret = readFileSync(pin, "utf8");
        for (const service of ["signing", "seal", "pki"]) {
          expect(readFileSync(join(data, service, "log.jsonl"), "utf8")).not.toContain(secret);
        }
      }
    },
  );

  it("says what is missing for keys in devices, and ends with 1", async () => {
    const demo = startScript("scripts/demo.ts", ["--check", "--keys", "devices"], {
      PATH: join(folder, "empty"),
    });
    expect(await demo.ended).toBe(1);
    expect(demo.text()).toMatch(
      /--keys devices needs softhsm2-util, cc.*: npm run setup:test-tools installs it/,
    );
  });

  it("refuses what it does not understand", async () => {
    const demo = startDemo("--port-base", "7");
    expect(await demo.ended).toBe(2);
    expect(demo.text()).toContain("usage: npm run demo");
  });
});
