import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";

import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { bundlePrograms } from "../../../scripts/bundle-programs.ts";

let program: string;

beforeAll(async () => {
  ({ program } = await bundlePrograms({ program: "services/kit/test/lifecycle-program.ts" }));
});

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly talk: () => string;
  /** Resolves when standard error has this text. */
  readonly says: (text: string) => Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

const running: Running[] = [];

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});

function start(environment: Record<string, string> = {}, withIpc = true): Running {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: "sqlite::memory:",
      PORT: "0",
      METRICS_PORT: "0",
      ...environment,
    },
    stdio: ["pipe", "pipe", "pipe", ...(withIpc ? (["ipc"] as const) : [])],
  });
  let out = "";
  let talk = "";
  const listeners = new Set<() => void>();
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => {
    talk += chunk.toString();
    listeners.forEach((listener) => {
      listener();
    });
  });
  const exited = new Promise<number | string | null>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve(code ?? signal);
    });
  });
  // Not the event "close", which never comes after a disconnect; but what was printed last has come.
  const ended = Promise.all([exited, streamEnd(child.stdout), streamEnd(child.stderr)]).then(
    ([code]) => code,
  );
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (talk.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void ended.then(() => {
        reject(new Error(`ended without saying ${text}: ${talk}`));
      });
    });
  const started = { child, out: () => out, talk: () => talk, says, ended };
  running.push(started);
  return started;
}

async function streamEnd(stream: Readable | null): Promise<void> {
  if (stream !== null) await finished(stream);
}

async function started(
  environment?: Record<string, string>,
  withIpc?: boolean,
): Promise<Running & { url: string }> {
  const service = start(environment, withIpc);
  await service.says('"msg":"ready"');
  const { port } = JSON.parse(service.out()) as { port: number };
  return { ...service, url: `http://127.0.0.1:${String(port)}` };
}

describe("a service that starts", () => {
  it("says so in one line of JSON on standard output, and answers", async () => {
    const { out, url, talk } = await started();
    expect(out()).toMatch(/^\{"ready":true,"service":"program","port":\d+\}\n$/);
    expect(await (await fetch(url)).text()).toBe("quick");
    const metricsPort = /"metrics_port":(\d+)/.exec(talk())?.[1] ?? "";
    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(await metrics.text()).toContain("process_cpu_seconds_total");
    expect((await fetch(`http://127.0.0.1:${metricsPort}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`)).headers.get("content-type")).toBeNull();
  });

  it("names a busy port in a sentence and ends with 1", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const port = String((other.address() as AddressInfo).port);
    const service = start({ METRICS_PORT: port });
    expect(await service.ended).toBe(1);
    other.close();
    expect(service.talk()).toContain(`port ${port} on 127.0.0.1 is busy`);
    expect(service.talk()).not.toMatch(/^\s+at /m);
    expect(service.out()).toBe("");
  });

  it("names a variable that is wrong, without its value or a stack", async () => {
    const service = start({ DATABASE_URL: "mysql://s3cret" });
    expect(await service.ended).toBe(1);
    expect(service.talk()).toContain("DATABASE_URL");
    expect(service.talk()).not.toMatch(/s3cret|^\s+at /m);
  });

  it("shows the stack of a defect", async () => {
    const service = start({ PROGRAM_FAULT: "defect" });
    expect(await service.ended).toBe(1);
    expect(service.talk()).toMatch(/TypeError: a defect of the program\n\s+at /);
  });
});

describe("a service that is to stop", () => {
  it("takes nothing new and finishes what it has begun", async () => {
    const { child, url, says, ended, talk } = await started();
    const slow = fetch(`${url}/slow`);
    await says("slow begun");
    child.kill("SIGTERM");
    await says('"msg":"stopping"');
    await expect(fetch(url)).rejects.toThrow();
    child.send("go on");
    const response = await slow;
    expect(await response.text()).toBe("slow");
    expect(await ended).toBe(0);
    expect(talk()).toContain('"msg":"closing"');
  });

  it("cuts off what does not finish in time, and says with 1 that it did", async () => {
    const { child, url, says, ended } = await started({ PROGRAM_DRAIN: "300" });
    const slow = fetch(`${url}/slow`).catch(() => "cut off");
    await says("slow begun");
    child.kill("SIGTERM");
    expect(await slow).toBe("cut off");
    expect(await ended).toBe(1);
  });

  it("ends at once on a second signal", async () => {
    const { child, url, says, ended, talk } = await started();
    const slow = fetch(`${url}/slow`).catch(() => "cut off");
    await says("slow begun");
    child.kill("SIGINT");
    await says('"msg":"stopping"');
    child.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(await slow).toBe("cut off");
    expect(talk()).not.toContain('"msg":"closing"');
  });

  it.each(["stop-fails", "stop-hangs"])("ends with 1 if closing %s", async (fault) => {
    const { child, ended } = await started({ PROGRAM_FAULT: fault });
    child.kill("SIGTERM");
    expect(await ended).toBe(1);
  });

  it("stops when its parent's channel is gone", async () => {
    const { child, ended } = await started();
    child.disconnect();
    expect(await ended).toBe(0);
  });

  it("stops when its supervisor's end of standard input is gone", async () => {
    const { child, ended } = await started({ YINXIN_SUPERVISED: "1" }, false);
    child.stdin?.end();
    expect(await ended).toBe(0);
  });

  it("does not care for standard input when nobody supervises it", async () => {
    const { child, url, ended } = await started({}, false);
    child.stdin?.end();
    expect(await (await fetch(url)).text()).toBe("quick");
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
