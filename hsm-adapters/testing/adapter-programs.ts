/** What the adapters run outside a service's own thread, from the root of the repository. */
export const adapterPrograms = {
  "driver-host": "hsm-adapters/src/driver-host/main.ts",
  probe: "hsm-adapters/src/probe/main.ts",
  verifier: "hsm-adapters/src/verifier/main.ts",
} as const;
