import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The service cannot start, for a reason that a person can remove; the message is that sentence. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StartError";
  }
}

/** A slow client holds a connection and nothing more; these bound how long. */
const headersMilliseconds = 10_000;
const requestMilliseconds = 60_000;
const idleMilliseconds = 5_000;
const headerBytesMax = 16 * 1024;

/**
 * A server that listens.
 *
 * @param port 0 for any that is free.
 * @throws StartError if the port is taken or may not be used; the sentence names it.
 */
export async function listen(
  handler: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ maxHeaderSize: headerBytesMax }, handler);
  server.headersTimeout = headersMilliseconds;
  server.requestTimeout = requestMilliseconds;
  server.keepAliveTimeout = idleMilliseconds;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(new StartError(sentenceOf(cause, host, port), { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function sentenceOf({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "EADDRINUSE")
    return `port ${String(port)} on ${host} is busy: another program is listening there`;
  if (code === "EACCES") return `port ${String(port)} on ${host} may not be used by this account`;
  return `cannot listen on ${host} port ${String(port)}: ${message}`;
}
