import { governanceEnvironment, keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What the certificate authority reads from its environment. */
export const pkiEnvironment = z.object({
  ...serviceEnvironment(7605),
  ...keyStoreEnvironment,
  ...governanceEnvironment,
  SSO_ISSUER: z.url(),
  /** 1: make a test authority for each algorithm that has none. Never in a deployment that people rely on. */
  PKI_TEST_AUTHORITY: z
    .enum(["0", "1"])
    .default("0")
    .transform((text) => text === "1"),
});
