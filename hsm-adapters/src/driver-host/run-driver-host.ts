import { Socket } from "node:net";
import type { ConnectOpts, SocketConstructorOpts } from "node:net";

import type { Driver, DriverFamily } from "../driver/index.ts";
import { WireError } from "../wire/index.ts";
import { socketDescriptor } from "./host-process.ts";
import { serveDriver } from "./serve-driver.ts";

const readOctets = 64 * 1024;

/**
 * Makes this process a driver host: it answers calls on the socket that it was started with, and ends with it.
 *
 * @param loadDriver gives the code of a family when it is asked for.
 */
export function runDriverHost(loadDriver: (family: DriverFamily) => Promise<Driver>): void {
  const buffer = Buffer.alloc(readOctets);
  const options: SocketConstructorOpts & Pick<ConnectOpts, "onread"> = {
    fd: socketDescriptor,
    // Into the same memory each time, which can be overwritten: a PIN comes this way.
    onread: {
      buffer,
      callback: (length) => {
        const chunk = buffer.subarray(0, length);
        try {
          served.channel.receive(chunk);
        } catch (cause) {
          if (!(cause instanceof WireError)) throw cause;
          fail(cause);
          return false;
        }
        chunk.fill(0);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  const served = serveDriver({
    write: (octets, sent) => socket.write(octets, sent),
    loadDriver,
    onFailure: fail,
  });
  socket.on("error", end);
  socket.on("close", () => {
    if (!served.isClosed()) end();
    // A library may have something to put in order; the service waits for a while.
    process.exit(0);
  });
  // It is the service that tells when to end, not who tells the service: calls in flight are still to be answered.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
}

/** At once: neither the library's own exit handlers nor those of Node may hold it up. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

function fail(cause: unknown): void {
  // Its last words, for the log of the service; about code and protocol only.
  process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : "failed"}\n`, end);
}
