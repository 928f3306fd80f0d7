import { verificationReportSchema } from "@yinxin/crypto/verification";
import type { VerificationReport } from "@yinxin/crypto/verification";
import { z } from "zod";

/** The report as a zod schema, made from its JSON Schema: for the route's reply, and for who receives one. */
export const verificationReport = z.fromJSONSchema(
  // zod's own type for a schema wants mutable arrays; it only reads.
  verificationReportSchema as unknown as Parameters<typeof z.fromJSONSchema>[0],
) as z.ZodType<VerificationReport, VerificationReport>;
