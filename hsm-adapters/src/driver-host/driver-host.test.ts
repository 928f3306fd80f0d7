import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { bundlePrograms } from "../../../scripts/bundle-programs.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { until } from "../../testing/background.ts";
import { testPrograms } from "../../testing/programs.ts";
import { isInMemory } from "../../testing/search-memory.ts";
import type { DeviceConnection, SignRequest } from "../driver/index.ts";
import { WireError } from "../wire/index.ts";
import { driverHostConnector, launchDriverHost } from "./index.ts";
import type { DriverHostConnection, DriverHostOptions } from "./index.ts";
import { readSessionNumber } from "./read-answers.ts";

let folder: string;
let plainHost: string;
let service: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-driver-host-"));
  const programs = await bundlePrograms({
    "plain-host": "hsm-adapters/testing/plain-host-program.ts",
    service: "hsm-adapters/testing/service-program.ts",
  });
  plainHost = programs["plain-host"];
  service = programs.service;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const key = "simulator:serial=1;id=%01";
const requestOf = (...input: number[]): SignRequest => ({
  key,
  algorithm: "ES256",
  input: Uint8Array.from(input),
});
/** What the plain host does with them. */
const [crash, standStill, neverAnswer, fault] = [requestOf(1), requestOf(2), requestOf(3), requestOf(4)];

async function launch(options: Partial<DriverHostOptions> = {}): Promise<DriverHostConnection> {
  const host = await launchDriverHost({ program: plainHost, family: "simulator", config: "", ...options });
  onTestFinished(() => {
    host.kill();
  });
  return host;
}

/** Writes a host of its own; it has the socket at descriptor 3. */
async function programOf(source: string): Promise<string> {
  const file = join(await mkdtemp(join(folder, "host-")), "host.mjs");
  await writeFile(file, `import { writeSync, closeSync } from "node:fs";\n${source}`);
  return file;
}

const statusOf = (host: DriverHostConnection, file: string) =>
  readFileSync(`/proc/${String(host.processId)}/${file}`, "utf8");
const isGone = (processId: number) => !existsSync(`/proc/${String(processId)}`);

describe("a driver host", () => {
  it("opens a device of a real driver in another process, signs and closes", async () => {
    const program = testPrograms().driverHostProgram;
    const host = await launch({ program, config: { folder, pin: "482913" } });
    const pin = new TextEncoder().encode("482913");
    await host.login(pin);
    expect(pin).toEqual(new Uint8Array(6));
    const made = await host.generateKey({ label: "印", algorithm: "ES256" });
    expect(await host.listKeys()).toEqual([made]);
    expect(await host.findKey(made.uri)).toEqual(made);
    expect(await host.findKey(key)).toBeUndefined();
    const session = await host.openSession();
    const signature = await host.sign(session, {
      key: made.uri,
      algorithm: "ES256",
      input: new Uint8Array(32),
    });
    expect(signature).toHaveLength(64);
    expect(await host.random(8)).toHaveLength(8);
    await host.close();
    await host.close();
    expect(await host.ended).toEqual({ wasAsked: true, exitCode: 0, lastWords: "" });
    await expect(host.openSession()).rejects.toMatchObject({ code: "driver-crashed" });
  });

  it("passes on what a driver refuses, with its facts", async () => {
    const host = await launch({
      program: testPrograms().driverHostProgram,
      config: { folder: join(folder, "pins"), pin: "482913" },
    });
    const wrong = host.login(new TextEncoder().encode("111111"));
    await expect(wrong).rejects.toMatchObject({ code: "pin-incorrect", facts: { remainingTries: 4 } });
    const refused = launch({ program: testPrograms().driverHostProgram, config: { no: "folder" } });
    await expect(refused).rejects.toMatchObject({ code: "configuration-malformed" });
  });

  it("answers a thousand calls at once, each with its own answer", async () => {
    const host = await launch();
    const session = await host.openSession();
    const inputs = Array.from({ length: 1000 }, (_, at) => Uint8Array.of(9, at >> 8, at & 255));
    const answers = await Promise.all(
      inputs.map((input) => host.sign(session, { key, algorithm: "ES256", input })),
    );
    expect(answers).toEqual(inputs);
    const large = new Uint8Array(1_000_000).fill(9);
    const signed = await host.sign(session, { key, algorithm: "Ed25519", input: large });
    expect(Buffer.compare(signed, large)).toBe(0);
  });

  it("refuses what the device lacks, sessions that are not open, and more than it can carry", async () => {
    const host = await launch();
    const session = await host.openSession();
    await expect(host.random(8)).rejects.toMatchObject({ code: "operation-not-supported" });
    await host.closeSession(session);
    await expect(host.sign(session, requestOf(9))).rejects.toMatchObject({ code: "session-lost" });
    const other = await host.openSession();
    await expect(host.sign(other, fault)).rejects.toMatchObject({
      code: "device-error",
      message: "the driver failed: a fault of the driver",
    });
    const tooLarge = { ...requestOf(), input: new Uint8Array(17 * 1024 * 1024) };
    await expect(host.sign(other, tooLarge)).rejects.toMatchObject({ code: "configuration-malformed" });
    const waiting = Array.from({ length: 4_096 }, () => host.sign(other, neverAnswer));
    const settled = Promise.allSettled(waiting);
    await expect(host.validateSession(other)).rejects.toMatchObject({ code: "device-busy" });
    host.kill();
    expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(["rejected"]));
  });
});

describe("a number of a session", () => {
  it.each([Number.NaN, -1, 0.5, 2 ** 32, "1"])("is not %s", (value) => {
    expect(() => readSessionNumber(value)).toThrow(WireError);
  });
});

describe("a driver host that is lost", () => {
  it("by a crash in a call rejects all that wait, with the signal, and nothing else", async () => {
    const host = await launch();
    const session = await host.openSession();
    const before = await host.sign(session, requestOf(7));
    const waiting = await Promise.allSettled(
      [neverAnswer, neverAnswer, crash].map((request) => host.sign(session, request)),
    );
    expect(before).toEqual(Uint8Array.of(7));
    for (const outcome of waiting) {
      expect(outcome).toMatchObject({ reason: { code: "driver-crashed", facts: { signal: "SIGSEGV" } } });
    }
    expect(await host.ended).toMatchObject({ wasAsked: false, signal: "SIGSEGV" });
    await expect(host.listKeys()).rejects.toMatchObject({ code: "driver-crashed" });
  });

  it("to SIGKILL rejects all that wait", async () => {
    const host = await launch();
    const session = await host.openSession();
    const waiting = host.sign(session, neverAnswer);
    process.kill(host.processId ?? 0, "SIGKILL");
    await expect(waiting).rejects.toMatchObject({ code: "driver-crashed", facts: { signal: "SIGKILL" } });
    expect(await host.ended).toMatchObject({ wasAsked: false });
  });

  it("to a call that does not return ends at once when it is told to", async () => {
    const host = await launch();
    const waiting = host.sign(await host.openSession(), standStill);
    host.kill();
    await expect(waiting).rejects.toMatchObject({ code: "driver-crashed" });
    expect(await host.ended).toMatchObject({ wasAsked: true, signal: "SIGKILL" });
    expect(isGone(host.processId ?? 0)).toBe(true);
  });

  it("is not ended by the signals of a terminal or a supervisor: the service answers first", async () => {
    const host = await launch();
    const session = await host.openSession();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.kill(host.processId ?? 0, signal);
      expect(await host.sign(session, requestOf(9))).toEqual(Uint8Array.of(9));
    }
  });
});

const frame = (call: number, kind: number, ...body: number[]) =>
  `writeSync(3, Buffer.from([0, 0, 0, ${String(5 + body.length)}, 0, 0, 0, ${String(call)}, ${[kind, ...body].join()}]));`;
const stayAlive = "setInterval(() => undefined, 1000);";

describe("a process that is no driver host", () => {
  it.each([
    ["garbage", 'writeSync(3, "HTTP/1.1 200 OK\\r\\n\\r\\n");'],
    ["a frame of four gigabytes", "writeSync(3, Buffer.alloc(9, 0xff));"],
    ["an answer to a call that was not made", frame(7, 1, 0)],
    ["an answer twice", frame(1, 1, 0) + frame(1, 1, 0)],
    ["an answer of another type", frame(1, 1, 3)],
    ["an answer of no kind", frame(1, 77, 0)],
    ["an error that is not of the closed set", frame(1, 3, 8, 0, 0, 0, 0)],
  ])("and sends %s is ended", async (_, source) => {
    const launching = launch({ program: await programOf(source + stayAlive) });
    await expect(launching).rejects.toMatchObject({ code: "driver-crashed" });
  });

  it("and closes its socket is ended", async () => {
    const launching = launch({ program: await programOf(`closeSync(3);${stayAlive}`) });
    await expect(launching).rejects.toMatchObject({ code: "driver-crashed", facts: { signal: "SIGKILL" } });
  });

  it("and ends at its start is reported with its last words, which are what a loader says", async () => {
    const said = "node: symbol lookup error: /opt/libvendor.so: undefined symbol: SDF_OpenDevice";
    const lines: string[] = [];
    const launching = launch({
      program: await programOf(
        `console.error("\\x1b[31mwarning"); console.error(${JSON.stringify(said)}); process.exitCode = 127;`,
      ),
      log: (line) => lines.push(line),
    });
    await expect(launching).rejects.toMatchObject({
      code: "driver-crashed",
      message: `the driver host ended (exit code 127); its last words: ${said}`,
      facts: { loaderSaid: `\u{fffd}[31mwarning\n${said}\n` },
    });
    expect(lines).toEqual(["\u{fffd}[31mwarning", said]);
  });

  it("because its file is missing is reported by name", async () => {
    const launching = launch({ program: join(folder, "missing.mjs") });
    await expect(launching).rejects.toMatchObject({
      code: "driver-crashed",
      facts: { loaderSaid: expect.stringContaining("missing.mjs") as string },
    });
  });

  it("because its folder is missing is reported too", async () => {
    const launching = launch({ workingFolder: join(folder, "missing") });
    await expect(launching).rejects.toMatchObject({ code: "driver-crashed" });
  });

  it("and chatters without end keeps a bounded memory of it", async () => {
    const chatter =
      'for (let at = 0; at < 5000; at++) console.error("x".repeat(1000)); process.exitCode = 1;';
    const lengths: number[] = [];
    const launching = launch({ program: await programOf(chatter), log: (line) => lengths.push(line.length) });
    const reason = (await launching.catch((cause: unknown) => cause)) as { facts: { loaderSaid: string } };
    expect(reason.facts.loaderSaid.length).toBeLessThanOrEqual(4_096);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(500);
  });
});

describe("the process of a driver host", () => {
  it("has no environment but what it was given, no secret among its arguments, and leaves no core dump", async () => {
    const host = await launch({ environment: { SOFTHSM2_CONF: "/etc/softhsm2.conf" }, sessions: 7 });
    const names = statusOf(host, "environ")
      .split("\0")
      .flatMap((entry) => (entry === "" ? [] : [entry.split("=")[0]]));
    // The shell adds its own.
    const ofShell = ["PWD", "OLDPWD", "SHLVL", "_"];
    expect(names.filter((name) => !ofShell.includes(name ?? "")).sort()).toEqual([
      "HOME",
      "LANG",
      "PATH",
      "SOFTHSM2_CONF",
      "UV_THREADPOOL_SIZE",
    ]);
    expect(statusOf(host, "environ")).toContain("UV_THREADPOOL_SIZE=7");
    expect(statusOf(host, "cmdline").split("\0")).toEqual([process.execPath, plainHost, ""]);
    expect(statusOf(host, "limits")).toMatch(/Max core file size +0 +0 /);
  });

  toolTest(
    ["setpriv"],
    "keeps no PIN after the login, nor does the service, and ends with the service even within a call",
    async () => {
      const pin = `pin-${String(process.pid)}-${String(performance.now())}`;
      const pinPath = join(folder, "pin");
      await writeFile(pinPath, pin, { mode: 0o400 });
      const parent = spawn(process.execPath, [service, plainHost, pinPath, "the label of the device"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => {
        parent.kill("SIGKILL");
      });
      const said = await new Promise<string>((resolve) =>
        parent.stdout.setEncoding("utf8").once("data", resolve),
      );
      const host = Number(/^\d+/.exec(said)?.[0]);
      for (const processId of [host, parent.pid ?? 0]) {
        // It is found if it is there: the label is.
        expect(isInMemory(processId, Buffer.from("the label of the device"))).toBe(true);
        expect(isInMemory(processId, Buffer.from(pin))).toBe(false);
      }
      expect(isGone(host)).toBe(false);
      parent.kill("SIGKILL");
      await until("the host is gone", () => hasEnded(host));
    },
  );
});

/** Whether it is gone, or nobody has asked yet how it ended. */
function hasEnded(processId: number): boolean {
  try {
    return readFileSync(`/proc/${String(processId)}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}

describe("a connector of driver hosts", () => {
  it("gives a connection to a new process at each call, with one more ready, and leaves none behind", async () => {
    const connect = driverHostConnector({ program: plainHost, family: "simulator", config: "" });
    const connections: DeviceConnection[] = [];
    for (const round of [1, 2, 3]) {
      const connection = (await connect()) as DriverHostConnection;
      connections.push(connection);
      const session = await connection.openSession();
      expect(await connection.sign(session, requestOf(9, round))).toEqual(Uint8Array.of(9, round));
      process.kill(connection.processId ?? 0, "SIGKILL");
      expect(await connection.ended).toMatchObject({ signal: "SIGKILL" });
    }
    await connect.release?.();
    const children = readFileSync(`/proc/self/task/${String(process.pid)}/children`, "utf8");
    const ofUs = children
      .split(" ")
      .filter((child) => child !== "" && readFileSync(`/proc/${child}/cmdline`, "utf8").includes(plainHost));
    expect(ofUs).toEqual([]);
  });
});
