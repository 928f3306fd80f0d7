import { createServer } from "node:net";
import { join } from "node:path";

/** The services in the order of their ports: desk is the first, each next one has the port after it. */
export const serviceNames = ["desk", "sso", "signing", "seal", "ledger", "pki"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Metrics are not for the public, so they have a port of their own, this far above the service's. */
const metricsPortOffset = 100;

export interface ServicePlace {
  readonly name: ServiceName;
  readonly port: number;
  readonly metricsPort: number;
  readonly url: string;
  /** Holds `db.sqlite`, `keys/` and `log.jsonl`. */
  readonly folder: string;
}

export type Layout = Readonly<Record<ServiceName, ServicePlace>> & { readonly data: string };

/** Where everything of one demo is: `portBase` is the desk's port. */
export function layOut(data: string, portBase: number): Layout {
  const places = serviceNames.map((name, index): [ServiceName, ServicePlace] => {
    const port = portBase + index;
    const url = `http://localhost:${String(port)}`;
    return [name, { name, port, metricsPort: port + metricsPortOffset, url, folder: join(data, name) }];
  });
  return { ...(Object.fromEntries(places) as Record<ServiceName, ServicePlace>), data };
}

/** Each port that somebody else listens on, with the name of what wanted it. */
export async function busyPorts(layout: Layout): Promise<{ port: number; wantedBy: string }[]> {
  const wanted = serviceNames.flatMap((name) => [
    { port: layout[name].port, wantedBy: name },
    { port: layout[name].metricsPort, wantedBy: `${name} metrics` },
  ]);
  const busy = await Promise.all(wanted.map(async ({ port }) => !(await isFree(port))));
  return wanted.filter((_, index) => busy[index]);
}

/**
 * A port base whose every port is free now, and stays so while a suite is away for a moment: below the ports that systems give out by
 * themselves, which begin at 32768 or 49152.
 *
 * @throws Error after many tries: this machine has no ports left.
 */
export async function findFreePortBase(randomInteger: (below: number) => number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const portBase = 20_000 + randomInteger(12_000);
    if ((await busyPorts(layOut("", portBase))).length === 0) return portBase;
  }
  throw new Error("no free range of ports was found");
}

async function isFree(port: number): Promise<boolean> {
  const answers = await Promise.all(["127.0.0.1", "::1"].map((host) => canListen(port, host)));
  return answers.every(Boolean);
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1 to be busy on.
      resolve(error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT");
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
