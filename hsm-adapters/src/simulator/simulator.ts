import type { Driver } from "../driver/index.ts";
import { readSimulatorConfig } from "./simulator-config.ts";
import { SimulatedDevice } from "./simulated-device.ts";
import { SimulatedState } from "./simulated-state.ts";
import type { Crash, SimulatorStatistics } from "./simulated-state.ts";

/** A simulator whose life in this process can be looked at. */
export interface Simulator {
  readonly driver: Driver;
  readonly statistics: Readonly<SimulatorStatistics>;
}

/** @param crash what a simulated crash does; it ends this process if absent. */
export function createSimulator(crash: Crash = endProcess): Simulator {
  const statistics: SimulatorStatistics = {
    signatures: 0,
    logins: 0,
    generations: 0,
    openSessions: 0,
    mostOpenSessions: 0,
    overlaps: 0,
    usesAfterPoisoning: 0,
  };
  return {
    statistics,
    driver: {
      family: "simulator",
      open: (config) =>
        new SimulatedDevice(new SimulatedState(readSimulatorConfig(config), statistics, crash)),
    },
  };
}

/** The driver that a driver host loads. */
export const driver: Driver = createSimulator().driver;

function endProcess(): void {
  process.kill(process.pid, "SIGSEGV");
}
