import { launchDriverHost } from "../../src/driver-host/index.ts";
import { pinFile } from "../../src/pin/index.ts";
import { openTokenKeyStore } from "../../src/token/index.ts";
import type { TokenKeyStore, TokenKeyStoreDeps } from "../../src/token/index.ts";
import { verifyInProcess } from "../../src/verifier/index.ts";
import { testPrograms } from "../programs.ts";
import type { SkfPlace } from "./index.ts";

/** The device of a place as a service has it: a token client, and the library in a driver host. */
export function openSkfStore(place: SkfPlace, deps: Partial<TokenKeyStoreDeps> = {}): Promise<TokenKeyStore> {
  const program = testPrograms().driverHostProgram;
  const config = { library: place.library, profile: place.profile, pollMilliseconds: 50 };
  return openTokenKeyStore({
    connect: () => launchDriverHost({ program, family: "skf", config }),
    pin: pinFile(place.pinFile),
    verifier: verifyInProcess,
    mode: "production",
    ...deps,
  });
}
