import { generateKeyPairSync, sign, verify } from "node:crypto";

import { rateOf } from "./measure.ts";
import type { Task } from "./measure.ts";
import { randomOf } from "./measure.ts";

/** The yardstick: ECDSA on P-256 with SHA-256 by node:crypto in a loop, which is OpenSSL's assembler. */
export function nativeP256Tasks(): Task[] {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const message = randomOf(32);
  const signature = sign("sha256", message, privateKey);
  return [
    { name: nativeSign, run: () => void sign("sha256", message, privateKey) },
    { name: nativeVerify, run: () => void verify("sha256", message, publicKey, signature) },
  ];
}

const nativeSign = "node:crypto P-256 sign";
const nativeVerify = "node:crypto P-256 verify";

export interface Baseline {
  readonly name: string;
  readonly value: number;
}

export function nativeBaselines(rates: ReadonlyMap<string, number>): Record<"sign" | "verify", Baseline> {
  return {
    sign: { name: nativeSign, value: rateOf(rates, nativeSign) },
    verify: { name: nativeVerify, value: rateOf(rates, nativeVerify) },
  };
}
