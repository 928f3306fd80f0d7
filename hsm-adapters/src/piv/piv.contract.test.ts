import { toolSuite } from "../../../scripts/testing/tools.ts";
import { testPrograms } from "../../testing/programs.ts";
import { startVirtualReader, virtualReaderTools } from "../../testing/virtual-card/virtual-reader.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import type { KeyStorePlace } from "../contract/index.ts";
import { launchDriverHost } from "../driver-host/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";

/** The first decrypts too; the second wants the PIN for every signature. */
const newKeySlots = ["82", "9c", "9a", "83", "84"];

async function cardPlace(): Promise<KeyStorePlace> {
  const reader = await startVirtualReader();
  return {
    open: () =>
      openTokenKeyStore({
        connect: () =>
          launchDriverHost({
            program: testPrograms().driverHostProgram,
            family: "piv",
            config: {
              serial: reader.settings.guid,
              managementKey: { file: reader.managementKeyFile, algorithm: "aes-192" },
              newKeySlots,
            },
            environment: reader.environment,
          }),
        pin: pinFile(reader.pinFile),
        verifier: verifyInProcess,
        mode: "production",
      }),
    unknownUri: parseKeyUri(`piv:serial=${reader.settings.guid};slot=9e`),
    dispose: () => reader.dispose(),
  };
}

toolSuite(virtualReaderTools(), "a PIV card", () => {
  exerciseKeyStore("a PIV card", ["ES256", "RS256"], cardPlace, {
    faces: ["generation", "certificates", "decryption"],
  });
});
