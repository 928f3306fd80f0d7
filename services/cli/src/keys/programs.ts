import { driverHostProgram } from "@yinxin/hsm-adapters/driver-host";
import { probeProgram } from "@yinxin/hsm-adapters/probe";
import { verifierProgram } from "@yinxin/hsm-adapters/verifier";

/** What runs beside the command, in processes and threads of its own. */
export interface Programs {
  readonly driverHost: string;
  readonly probe: string;
  readonly verifier: string;
}

/** Those of the installed package, unless the environment names others: bundles. */
export function programsOf(environment: Readonly<Record<string, string | undefined>>): Programs {
  return {
    driverHost: environment["YINXIN_DRIVER_HOST"] ?? driverHostProgram(),
    probe: environment["YINXIN_PROBE"] ?? probeProgram(),
    verifier: environment["YINXIN_VERIFIER"] ?? verifierProgram(),
  };
}
