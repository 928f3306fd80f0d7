import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findFreePortPair, isListening, startBackground, until } from "./background.ts";
import type { Background } from "./background.ts";
import { requireLibrary, runTool, writePinFile } from "./pkcs11-token.ts";
import type { Pkcs11Token } from "./pkcs11-token.ts";

/** The programs that {@link createTpm} runs: for `toolTest`. */
export const tpmTools = ["swtpm", "dbus-daemon", "dbus-send", "tpm2-abrmd", "tpm2_ptool"] as const;

const pin = "648219";

/**
 * An emulated TPM 2.0 (swtpm) behind its resource manager, without which it runs out of memory for objects, on a message bus of
 * their own, and one token of tpm2-pkcs11 on it.
 */
export async function createTpm(label = "yinxin-tpm"): Promise<Pkcs11Token> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-tpm-"));
  const running: Background[] = [];
  const dispose = async (): Promise<void> => {
    for (const background of running.toReversed()) await background.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const environment = await startTpm(folder, running);
    const store = environment.TPM2_PKCS11_STORE;
    runTool("tpm2_ptool", ["init", "--path", store], environment);
    const token = ["--pid", "1", "--label", label, "--sopin", "5318008642", "--userpin", pin];
    runTool("tpm2_ptool", ["addtoken", ...token, "--path", store], environment);
    return {
      label,
      // What tpm2-pkcs11 says for every token.
      serial: "0000000000000000",
      library: requireLibrary("pkcs11/libtpm2_pkcs11.so", "libtpm2_pkcs11.so.1"),
      environment,
      pinFile: writePinFile(folder, pin),
      pin: () => new TextEncoder().encode(pin),
      dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

async function startTpm(folder: string, running: Background[]) {
  const [state, store] = [join(folder, "state"), join(folder, "store")];
  mkdirSync(state);
  mkdirSync(store);
  const start = (tool: string, args: string[], environment?: Record<string, string>): Background => {
    const background = startBackground(tool, args, environment);
    running.push(background);
    return background;
  };
  const port = await findFreePortPair(randomInt);
  const loopback = (at: number): string => `type=tcp,port=${String(at)},bindaddr=127.0.0.1`;
  // The second port must be the first's neighbour: its clients reckon so.
  start("swtpm", [
    ...["socket", "--tpm2", "--tpmstate", `dir=${state}`, "--flags", "not-need-init,startup-clear"],
    ...["--server", loopback(port), "--ctrl", loopback(port + 1)],
  ]);
  const address = `unix:path=${join(folder, "bus")}`;
  const bus = start("dbus-daemon", [
    "--session",
    "--nofork",
    "--nopidfile",
    `--address=${address}`,
    "--print-address",
  ]);
  await until("the message bus says its address", () => bus.output().includes(address));
  // Its data port takes one client only, which is the resource manager.
  await until("the TPM listens", () => isListening(port + 1));
  const environment = {
    DBUS_SESSION_BUS_ADDRESS: address,
    TPM2_PKCS11_STORE: store,
    TPM2_PKCS11_TCTI: "tabrmd:bus_type=session",
    TPM2TOOLS_TCTI: "tabrmd:bus_type=session",
  };
  const manager = start(
    "tpm2-abrmd",
    ["--session", "--allow-root", `--tcti=swtpm:host=127.0.0.1,port=${String(port)}`],
    environment,
  );
  await until(`the resource manager is on the bus: ${manager.output()}`, () => isOnBus(environment));
  return environment;
}

function isOnBus(environment: Readonly<Record<string, string>>): boolean {
  const question = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"];
  const method = ["org.freedesktop.DBus.NameHasOwner", "string:com.intel.tss2.Tabrmd"];
  return runTool("dbus-send", [...question, ...method], environment).includes("boolean true");
}
