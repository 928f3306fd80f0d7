import { digestAlgorithmOfOid } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";

/** Names in GB/T 33190-2016 and those that products write; all compared in upper case. */
const digestNames: ReadonlyMap<string, DigestName> = new Map([
  ["SM3", "SM3"],
  ["SHA256", "SHA-256"],
  ["SHA-256", "SHA-256"],
  ["SHA1", "SHA-1"],
  ["SHA-1", "SHA-1"],
  ["MD5", "MD5"],
]);

/** SM3 in other roles ("without key", HMAC); some products write these where SM3 itself is meant and done. */
const misusedOids: ReadonlyMap<string, DigestName> = new Map([
  ["1.2.156.10197.1.401.1", "SM3"],
  ["1.2.156.10197.1.401.2", "SM3"],
]);

/** What `References@CheckMethod` means. */
export interface CheckMethod {
  /** Undefined: a name we do not know. */
  readonly digest: DigestName | undefined;
  readonly quirk?: "check-method-oid-misused" | "check-method-absent";
}

/** Reads `CheckMethod`: a name or an OID. Absent it is MD5 (GB/T 33190-2016 ch. 18), which protects nothing today. */
export function parseCheckMethod(text: string | undefined): CheckMethod {
  const name = text?.trim() ?? "";
  if (name === "") return { digest: "MD5", quirk: "check-method-absent" };
  const misused = misusedOids.get(name);
  if (misused !== undefined) return { digest: misused, quirk: "check-method-oid-misused" };
  return { digest: digestNames.get(name.toUpperCase()) ?? digestAlgorithmOfOid(name) };
}
