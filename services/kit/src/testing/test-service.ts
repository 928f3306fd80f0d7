import type { RequestListener } from "node:http";

import { listen } from "../lifecycle/index.ts";

/** A service that listens on a free port of the loopback address. */
export interface TestService {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** Ends every connection; call it in `afterEach` or `afterAll`. */
  close(): Promise<void>;
}

/**
 * Starts a service for a test.
 *
 * @param app the application, or what makes it once its address is known, as one that writes its own address needs.
 */
export async function startTestService(
  app: RequestListener | { readonly at: (baseUrl: string) => RequestListener | Promise<RequestListener> },
): Promise<TestService> {
  let handler: RequestListener | undefined = typeof app === "function" ? app : undefined;
  const { server, port } = await listen((request, response) => handler?.(request, response), {
    host: "127.0.0.1",
    port: 0,
  });
  const url = `http://localhost:${String(port)}`;
  if (typeof app !== "function") handler = await app.at(url);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
