import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { findTool } from "../../../scripts/testing/tools.ts";
import { findFreePortPair } from "../background.ts";
import type { CardOrder, CardReply } from "./card-program.ts";
import type { CardSettings } from "./virtual-piv-card.ts";

/** A virtual card in a virtual reader of a resource manager of the test's own. */
export interface VirtualReader {
  readonly settings: CardSettings;
  /** What a process needs to reach this resource manager and no other. */
  readonly environment: { readonly PCSCLITE_CSOCK_NAME: string };
  /** Hold the PIN and the management key; mode 0400. */
  readonly pinFile: string;
  readonly managementKeyFile: string;
  /** A new copy at each call, since whoever logs in overwrites it. */
  pin(): Uint8Array;
  /** Puts another card in place of this one: empty, and with a serial number of its own unless one is given. */
  replaceCard(settings?: Partial<CardSettings>): Promise<CardSettings>;
  tell(order: CardOrder): Promise<number>;
  /** The end of what the resource manager said. */
  output(): string;
  dispose(): Promise<void>;
}

/** Where Debian, Fedora and the source put vpcd. */
const vpcdPlaces = [
  "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
  "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so",
  "/usr/lib64/readers/serial/libifdvpcd.so",
  "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so",
];

/**
 * What a test with the virtual reader needs, for `toolTest`: what is missing stands there under a name that no program has. pcscd
 * insists on a folder in /run, so it must be started by root.
 */
export function virtualReaderTools(...more: readonly string[]): readonly string[] {
  const hasKoffi = ((): boolean => {
    try {
      return createRequire(import.meta.url).resolve("koffi") !== "";
    } catch {
      return false;
    }
  })();
  return [
    "pcscd",
    ...(vpcdPlaces.some((path) => existsSync(path)) ? [] : ["vsmartcard-vpcd"]),
    ...(process.geteuid?.() === 0 ? [] : ["root"]),
    ...(hasKoffi ? [] : ["koffi"]),
    ...more,
  ];
}

/** Whether {@link startVirtualReader} can work here. */
export function hasVirtualReader(): boolean {
  return virtualReaderTools().every((tool) => findTool(tool) !== undefined);
}

const testPin = "648219";

/**
 * Starts pcscd with a virtual reader, and a card in a process of its own that comes to it. pcscd is given its socket as
 * systemd would, so several may run beside each other and beside the machine's own.
 *
 * libpcsclite reads `PCSCLITE_CSOCK_NAME` at its first call: a test that loads it into its own process sets the variable before
 * that (`process.env`), and has one reader a process.
 */
export async function startVirtualReader(settings: Partial<CardSettings> = {}): Promise<VirtualReader> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-card-"));
  const port = await findFreePortPair(randomInt);
  const manager = await startResourceManager(folder, port);
  const program = startCardProgram(port);
  try {
    let current = newSettings(settings);
    await program.tell({ order: "create", settings: current });
    await program.tell({ order: "insert" });
    const files = { pinFile: join(folder, "pin"), managementKeyFile: join(folder, "management-key") };
    writeFileSync(files.pinFile, current.pin, { mode: 0o400 });
    writeFileSync(files.managementKeyFile, current.managementKey, { mode: 0o400 });
    return {
      get settings() {
        return current;
      },
      environment: { PCSCLITE_CSOCK_NAME: manager.socket },
      ...files,
      pin: () => new TextEncoder().encode(current.pin),
      replaceCard: async (other = {}) => {
        const { pin, managementKey } = current;
        current = newSettings({ pin, managementKey, ...other });
        await program.tell({ order: "create", settings: current });
        await program.tell({ order: "insert" });
        return current;
      },
      tell: program.tell,
      output: manager.output,
      dispose: async () => {
        await manager.stop();
        await program.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (cause) {
    await manager.stop();
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}

function newSettings(settings: Partial<CardSettings>): CardSettings {
  return {
    guid: randomBytes(16).toString("hex"),
    pin: testPin,
    managementKey: randomBytes(24).toString("hex"),
    // A YubiKey 4, which tells no metadata: like a card by the standard.
    version: [4, 3, 5],
    ...settings,
  };
}

interface CardProgram {
  readonly tell: (order: CardOrder) => Promise<number>;
  readonly stop: () => Promise<void>;
}

function startCardProgram(port: number): CardProgram {
  const child = fork(fileURLToPath(new URL("card-program.ts", import.meta.url)), [String(port)], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting = new Map<number, (reply: CardReply) => void>();
  let lastNumber = 0;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      for (const [number, answer] of waiting) answer({ number, problem: "the virtual card's process ended" });
      resolve();
    });
  });
  const ready = new Promise<CardReply>((resolve) => waiting.set(0, resolve));
  child.on("message", (reply: CardReply) => {
    waiting.get(reply.number)?.(reply);
    waiting.delete(reply.number);
  });
  const tell = async (order: CardOrder): Promise<number> => {
    const { problem: early } = await ready;
    if (early !== undefined) throw new Error(early);
    lastNumber += 1;
    const number = lastNumber;
    const answer = new Promise<CardReply>((resolve) => waiting.set(number, resolve));
    child.send({ number, ...order });
    const { result = 0, problem } = await answer;
    if (problem !== undefined) throw new Error(problem);
    return result;
  };
  return {
    tell,
    stop: async () => {
      // It ends with the channel, also when this process dies.
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

interface ResourceManager {
  readonly socket: string;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * The shell gives pcscd the listening socket as systemd does (sd_listen_fds: the first is 3), and takes it along when our end of
 * its standard input closes, be it that this process was killed.
 */
const launchScript = `
sh -c 'trap "" PIPE; LISTEN_PID=$$ LISTEN_FDS=1 exec pcscd --foreground --error --config "$1"' sh "$1" </dev/null >"$2" 2>&1 &
child=$!
exec 3<&-
read -r _
kill "$child" 2>/dev/null
wait "$child"
`;

async function startResourceManager(folder: string, port: number): Promise<ResourceManager> {
  const socket = join(folder, "pcscd.comm");
  const config = join(folder, "reader.conf.d");
  mkdirSync(config);
  const number = `0x${port.toString(16).toUpperCase()}`;
  const driver = vpcdPlaces.find((path) => existsSync(path)) ?? "";
  writeFileSync(
    join(config, "virtual"),
    `FRIENDLYNAME "Yinxin Virtual"\nDEVICENAME /dev/null:${number}\nLIBPATH ${driver}\nCHANNELID ${number}\n`,
  );
  const server = await listenAt(socket);
  // A file: a pipe would fill up while the test waits in a synchronous call.
  const log = join(folder, "pcscd.log");
  const shell = spawn("sh", ["-c", launchScript, "sh", config, log], {
    stdio: ["pipe", "ignore", "ignore", descriptorOf(server)],
    detached: true,
  });
  // The child has it now; we would take connections away from it.
  server.close();
  const output = (): string => (existsSync(log) ? readFileSync(log, "utf8") : "").slice(-4_000);
  return { socket, output, stop: () => stopShell(shell) };
}

async function stopShell(shell: ChildProcess): Promise<void> {
  const closed = new Promise<void>((resolve) => shell.once("close", () => { resolve(); })); // prettier-ignore
  shell.stdin?.end();
  await closed;
}

/** Listens under another name first: Node removes the name that it knows when it closes. */
async function listenAt(path: string): Promise<Server> {
  const server = createServer();
  const first = `${path}.new`;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(first, resolve);
  });
  renameSync(first, path);
  return server;
}

/** Node passes descriptors on by number only, and tells that of a server nowhere else. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle?: { readonly fd: number } };
  if (handle === undefined) throw new Error("the server does not listen");
  return handle.fd;
}
