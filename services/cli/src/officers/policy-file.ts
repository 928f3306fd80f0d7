import { base64Of, derOfPem } from "@yinxin/crypto/bytes";
import { judgePolicy, readOfficerPolicy } from "@yinxin/service-kit/approvals";
import type { OfficerPolicy } from "@yinxin/service-kit/approvals";

import { exitCodes } from "../exit-codes.ts";
import { CommandFailure, readWhole } from "../terminal/index.ts";

/** Of one certificate in PEM, with text around it. */
const certificateBytesMax = 256 * 1024;

/** A certificate of a PEM file, DER in base64 as a policy has it. @throws CommandFailure `policy-refused`; FileError */
export async function readCertificate(file: string): Promise<string> {
  const pem = new TextDecoder().decode(await readWhole(file, certificateBytesMax));
  const [der] = derOfPem(pem, "CERTIFICATE");
  if (der === undefined) throw refusedPolicy(`${file} holds no certificate`);
  return base64Of(der);
}

/** A policy that keeps what every policy must. @throws CommandFailure `policy-refused`, saying what it does not keep. */
export function checkedPolicy(bytes: Uint8Array): OfficerPolicy {
  const { value, problem } = readOfficerPolicy(bytes);
  if (value === undefined) throw refusedPolicy(problem);
  const [first] = judgePolicy(value);
  if (first !== undefined) throw refusedPolicy(`${first.where}: ${first.detail} (${first.code})`);
  return value;
}

/** Why something is no policy, as the failure of a command. */
export function refusedPolicy(why: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    "policy-refused",
    { zh: `策略不成立：${why}`, en: `That is no policy: ${why}` },
    {
      exitCode: exitCodes.notAllowed,
      cause,
      next: { zh: "yinxin officers policy（看现行策略）", en: "yinxin officers policy (what is in force)" },
    },
  );
}
