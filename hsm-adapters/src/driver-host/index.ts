/**
 * A process of its own for each vendor's library, so that a crash or a hang of the library never reaches the service.
 *
 * {@link launchDriverHost} starts one and opens a device in it; {@link driverHostConnector} does so again and again, with a spare
 * process ready. The host is `main.ts`: it reads calls from a socket that it inherited, asks the driver, and answers; it has no
 * environment but what it is given, leaves no core dump, and ends when the socket does.
 */
export { driverHostProgram } from "./driver-host-program.ts";
export type { DriverHostConnection } from "./host-connection.ts";
export { driverHostConnector, launchDriverHost } from "./launch-driver-host.ts";
export type { DriverHostOptions } from "./launch-driver-host.ts";
