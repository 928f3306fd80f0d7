import { z } from "zod";

import { logLevels } from "../log/index.ts";

const port = z.coerce.number().int().min(0).max(65_535);

const baseUrl = z
  .url({ protocol: /^https?$/, error: "not an http(s) address" })
  .refine((url) => !url.endsWith("/"), "ends with a slash");

/**
 * What every service reads from its environment; spread it into the service's own schema.
 *
 * @example const sealEnvironment = z.object({ ...serviceEnvironment(7603), SEAL_KEYS_DIRECTORY: z.string() });
 */
export function serviceEnvironment(defaultPort: number) {
  return {
    /** Loopback unless the deployment says otherwise. */
    HOST: z.string().default("127.0.0.1"),
    PORT: port.default(defaultPort),
    METRICS_PORT: port.default(defaultPort + 100),
    /** How the outside reaches this service; links and problem types begin with it. */
    BASE_URL: baseUrl.default(`http://localhost:${String(defaultPort)}`),
    /** Host names besides that of BASE_URL, separated by commas. */
    ALLOWED_HOSTS: z
      .string()
      .default("")
      .transform((text) =>
        text
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
      ),
    /** `sqlite:/path/db.sqlite` or `postgres://…` */
    DATABASE_URL: z.string().regex(/^(sqlite:|postgres(ql)?:\/\/)/),
    LOG_LEVEL: z.enum(logLevels).default("info"),
    /** 1 if a supervisor holds our standard input open: when it goes, so do we. */
    YINXIN_SUPERVISED: z
      .enum(["0", "1"])
      .default("0")
      .transform((text) => text === "1"),
  };
}
