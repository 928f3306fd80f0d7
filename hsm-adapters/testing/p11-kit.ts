import { join } from "node:path";

import { startBackground, until } from "./background.ts";
import { requireLibrary } from "./pkcs11-token.ts";
import type { Pkcs11Token } from "./pkcs11-token.ts";
import { createSoftHsm } from "./softhsm.ts";

/** The programs that {@link createP11Kit} runs: for `toolTest`. */
export const p11KitTools = ["p11-kit", "softhsm2-util"] as const;

/** A token of SoftHSM in a process of p11-kit, reached over a socket through p11-kit's client library. */
export async function createP11Kit(): Promise<Pkcs11Token> {
  const softHsm = createSoftHsm();
  const socket = join(softHsm.folder, "p11-kit.socket");
  const server = startBackground(
    "p11-kit",
    [
      ...["server", "--foreground", "--name", socket, "--provider", softHsm.library],
      `pkcs11:token=${softHsm.label}`,
    ],
    softHsm.environment,
  );
  const dispose = async (): Promise<void> => {
    await server.stop();
    softHsm.dispose();
  };
  try {
    await until("p11-kit says where it listens", () => server.output().includes("P11_KIT_SERVER_ADDRESS"));
    return {
      label: softHsm.label,
      serial: softHsm.serial,
      library: requireLibrary("pkcs11/p11-kit-client.so"),
      environment: { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` },
      pinFile: softHsm.pinFile,
      pin: () => softHsm.pin(),
      dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}
