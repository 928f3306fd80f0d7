import { adapterPrograms } from "../../hsm-adapters/testing/adapter-programs.ts";
import { bundlePrograms } from "../bundle-programs.ts";
import { serviceNames } from "./layout.ts";
import type { ServiceName } from "./layout.ts";

/** The services, and what they start for keys in devices: the driver host and the verifier. */
export type ProgramName = ServiceName | keyof typeof adapterPrograms;

/** Every program of the suite in JavaScript: the file of each. */
export async function bundleServices(): Promise<ReadonlyMap<ProgramName, string>> {
  const services = Object.fromEntries(
    serviceNames.map((name) => [name, `services/${name}/src/main.ts`] as const),
  ) as Record<ServiceName, string>;
  const files = await bundlePrograms({ ...services, ...adapterPrograms });
  return new Map(Object.entries(files) as [ProgramName, string][]);
}
