import { toolSuite } from "../../../scripts/testing/tools.ts";
import { findLibrary, requireLibrary, runTool } from "../../testing/pkcs11-token.ts";
import { testPrograms } from "../../testing/programs.ts";
import { startVirtualReader, virtualReaderTools } from "../../testing/virtual-card/virtual-reader.ts";
import type { VirtualReader } from "../../testing/virtual-card/virtual-reader.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import type { KeyStorePlace } from "../contract/index.ts";
import { launchDriverHost } from "../driver-host/index.ts";
import { writeKeyUri } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";

const openscLibrary = "opensc-pkcs11.so";

/** OpenSC's numbers for the keys in 9a and 9c, which want the PIN once and always. */
const keys = { ES256: { slot: "9a", id: 1 }, RS256: { slot: "9c", id: 2 } } as const;

/** A card with keys that our own driver made: OpenSC has no way to make them. */
async function openscPlace(): Promise<KeyStorePlace> {
  const reader = await startVirtualReader();
  for (const algorithm of ["ES256", "RS256"] as const) await makeKey(reader, algorithm);
  const library = requireLibrary(openscLibrary);
  const seen = runTool("pkcs11-tool", ["--module", library, "-L"], reader.environment);
  const serial = /serial num\s*: (\S+)/.exec(seen)?.[1] ?? "";
  const uriOf = (id: number) => writeKeyUri("pkcs11", { serial, id: Uint8Array.of(id) });
  return {
    open: () =>
      openTokenKeyStore({
        connect: () =>
          launchDriverHost({
            program: testPrograms().driverHostProgram,
            family: "pkcs11",
            config: { library, token: { serial }, profile: "opensc-piv" },
            environment: reader.environment,
          }),
        pin: pinFile(reader.pinFile),
        verifier: verifyInProcess,
        mode: "production",
        options: { sessions: 2 },
      }),
    provision: (_label, algorithm) =>
      Promise.resolve(uriOf(keys[algorithm === "RS256" ? "RS256" : "ES256"].id)),
    unknownUri: uriOf(9),
    dispose: () => reader.dispose(),
  };
}

async function makeKey(reader: VirtualReader, algorithm: keyof typeof keys): Promise<void> {
  const connection = await launchDriverHost({
    program: testPrograms().driverHostProgram,
    family: "piv",
    config: {
      managementKey: { file: reader.managementKeyFile, algorithm: "aes-192" },
      newKeySlots: [keys[algorithm].slot],
    },
    environment: reader.environment,
  });
  await connection.generateKey({ label: `key-${algorithm.toLowerCase()}`, algorithm });
  await connection.close();
}

const tools = virtualReaderTools(
  "pkcs11-tool",
  ...(findLibrary(openscLibrary) === undefined ? [openscLibrary] : []),
);

toolSuite(tools, "OpenSC on a PIV card", () => {
  exerciseKeyStore("OpenSC on a PIV card", ["ES256", "RS256"], openscPlace, {
    faces: ["certificates", "decryption"],
    onlyReadsCertificates: true,
  });
});
