import { loadDriver } from "./load-driver.ts";
import { runDriverHost } from "./run-driver-host.ts";

// The process that a vendor's library may take down.
runDriverHost(loadDriver);
