import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startBackground, until } from "./background.ts";
import { requireLibrary, runTool, writePinFile } from "./pkcs11-token.ts";
import type { Pkcs11Token } from "./pkcs11-token.ts";

/** The programs that {@link createOpencryptoki} runs: for `toolTest`. */
export const opencryptokiTools = ["pkcsslotd", "pkcs11-tool"] as const;

const label = "yinxin-test";
/** Four to eight characters. */
const pin = "648219";
/** From the factory, and what initialising again asks for. */
const securityOfficerPin = "87654321";
const slot = "3";
const socket = "/var/run/pkcsslotd.socket";

/**
 * The software token of opencryptoki: RSA only, without CKM_SHA256_RSA_PKCS. Its daemon, its configuration and its
 * tokens have fixed places on a machine, so there is one, which only root reaches; a token that is not ours is not touched.
 */
export async function createOpencryptoki(): Promise<Pkcs11Token> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-ock-"));
  const library = requireLibrary("pkcs11/libopencryptoki.so", "opencryptoki/libopencryptoki.so");
  const daemon = existsSync(socket) ? undefined : startBackground("pkcsslotd", ["-f"]);
  const dispose = async (): Promise<void> => {
    await daemon?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("the slot daemon listens", () => existsSync(socket));
    const tool = (...args: string[]): string => runTool("pkcs11-tool", ["--module", library, ...args]);
    const slots = tool("--list-slots");
    if (!/token state: +uninitialized/.test(slots) && !slots.includes(label)) {
      throw new Error(`slot ${slot} of opencryptoki holds a token that is not ours`);
    }
    tool("--slot", slot, "--init-token", "--label", label, "--so-pin", securityOfficerPin);
    const asOfficer = ["--login", "--login-type", "so", "--so-pin", securityOfficerPin];
    tool("--slot", slot, ...asOfficer, "--init-pin", "--new-pin", pin);
    return {
      label,
      serial: /serial num *: *(\S*)/.exec(tool("--list-slots"))?.[1] ?? "",
      library,
      environment: {},
      pinFile: writePinFile(folder, pin),
      pin: () => new TextEncoder().encode(pin),
      dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}
