import { randomBytes } from "node:crypto";

import type { DeviceInfo, Driver } from "../driver/index.ts";
import { loadPcsc } from "../pcsc/index.ts";
import type { PcscLibrary } from "../pcsc/index.ts";
import { CardConnection } from "./card-connection.ts";
import type { CardIdentity } from "./card-identity.ts";
import { generatedRows } from "./piv-algorithms.ts";
import { readPivConfig } from "./piv-config.ts";
import type { PivConfig } from "./piv-config.ts";
import { PivDevice } from "./piv-device.ts";

/** PIV cards (NIST SP 800-73-4) in readers that PC/SC knows; its configuration is a {@link PivConfig}. */
export const driver: Driver = {
  family: "piv",
  open: async (given) => {
    const config = readPivConfig(given);
    const library = await loadPcsc(config.library);
    const { connection, found } = await CardConnection.open(library, config);
    const { identity } = found;
    const info = describe(config, library, identity, connection.reader);
    return new PivDevice({ library, config, connection, identity, info, randomBytes });
  },
};

/**
 * A card does one thing at a time, so more sessions would only wait for each other; the token client leaves two of what a device
 * allows to others.
 */
const maximumSessions = 3;

function describe(
  { managementKey }: PivConfig,
  library: PcscLibrary,
  { serials, yubikeyVersion }: CardIdentity,
  reader: string,
): DeviceInfo {
  const canWrite = managementKey !== undefined;
  return {
    family: "piv",
    manufacturer: yubikeyVersion === undefined ? "" : "Yubico",
    model: yubikeyVersion === undefined ? "PIV card" : "YubiKey",
    serial: serials[0] ?? "",
    label: reader,
    firmware: yubikeyVersion ?? "",
    profile: "SP 800-73-4",
    library: library.path,
    maximumSessions,
    can: [
      "read-certificate",
      "decrypt",
      "events",
      ...(canWrite ? (["generate", "write-certificate"] as const) : []),
    ],
    generates: canWrite ? generatedRows : [],
  };
}
