import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { requireLibrary, runTool, writePinFile } from "./pkcs11-token.ts";
import type { Pkcs11Token } from "./pkcs11-token.ts";

/** The programs that {@link createNss} runs: for `toolTest`. */
export const nssTools = ["certutil", "modutil"] as const;

const pin = "qing-648219";

/** A key database of NSS, whose softokn is a PKCS#11 library that takes its configuration as a string. */
export function createNss(): Pkcs11Token {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-nss-"));
  const database = `sql:${folder}`;
  const newPassword = join(folder, "new-password");
  writeFileSync(newPassword, pin, { mode: 0o600 });
  runTool("certutil", ["-N", "-d", database, "--empty-password"]);
  runTool("modutil", [
    ...["-dbdir", database, "-force", "-changepw", "NSS Certificate DB", "-newpwfile", newPassword],
  ]);
  return {
    label: "NSS Certificate DB",
    serial: "0000000000000000",
    library: requireLibrary("libsoftokn3.so", "nss/libsoftokn3.so"),
    libraryParameters: `configdir='${database}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=`,
    environment: {},
    pinFile: writePinFile(folder, pin),
    pin: () => new TextEncoder().encode(pin),
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
