import { launchDriverHost } from "../src/driver-host/index.ts";
import { pinFile } from "../src/pin/index.ts";

// A service for tests: logs in to a device with the PIN of a file, signs once, asks for a signature that never comes, and says
// the number of the host's process. Arguments: the host's program, the file, the device's name.

const [program = "", pinPath = "", label = ""] = process.argv.slice(2);
const host = await launchDriverHost({ program, family: "simulator", config: label });
const pin = await pinFile(pinPath).read();
await host.login(pin);
const session = await host.openSession();
const key = "simulator:serial=1;id=%01";
const contextPin = await pinFile(pinPath).read();
await host.sign(session, {
  key,
  algorithm: "ES256",
  input: new Uint8Array(32),
  ...(contextPin !== undefined && { contextPin }),
});
process.stdout.write(`${String(host.processId)} ${host.device.label}\n`);
await host.sign(session, { key, algorithm: "ES256", input: Uint8Array.of(2) });
