import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

import { weierstrass } from "@noble/curves/abstract/weierstrass.js";

import { mustHold, randomOf } from "../../crypto/bench/measure.ts";
import type { ForeignRates, Peer } from "../../crypto/bench/sm2.ts";

/** The SM2 of other libraries, over a digest of 32 bytes like ours. */
export function peers(): Peer[] {
  return [nobleSm2(), smCrypto(), smCryptoV2()];
}

const Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** GB/T 32918.2-2016 §6.1 and §7.1 over the points of @noble/curves, which has no SM2 of its own. */
function nobleSm2(): Peer {
  const { Fn } = Point;
  const d = Fn.create(numberOf(randomOf(32)));
  const key = Point.BASE.multiply(d);
  const e = numberOf(randomOf(32));
  const inverse = Fn.inv(Fn.create(d + 1n));
  const sign = (): [bigint, bigint] => {
    const k = Fn.create(numberOf(randomOf(32)));
    const r = Fn.create(e + Point.BASE.multiply(k).toAffine().x);
    return [r, Fn.mul(inverse, Fn.create(k - r * d))];
  };
  const verify = ([r, s]: [bigint, bigint]): boolean => {
    const sum = Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(Fn.create(r + s)));
    return Fn.create(e + sum.toAffine().x) === r;
  };
  const signature = sign();
  mustHold(verify(signature), "@noble/curves verifies what it signed");
  return {
    name: "SM2, @noble/curves 2.4",
    operations: [
      { operation: "sign", run: () => void sign() },
      { operation: "verify", run: () => void verify(signature) },
    ],
  };
}

/** What both libraries called sm-crypto have in common. Neither says so in a type that fits the other. */
interface SmCrypto<Key> {
  readonly sm2: {
    generateKeyPairHex(): { privateKey: string; publicKey: string };
    doSignature(message: Uint8Array, privateKey: string, options: { hash: boolean }): string;
    doVerifySignature(message: Uint8Array, signature: string, key: Key, options: { hash: boolean }): boolean;
  };
}

const require = createRequire(import.meta.url);

function smCrypto(): Peer {
  const { sm2 } = require("sm-crypto") as SmCrypto<string>;
  return peerOf("SM2, sm-crypto 0.5", sm2, sm2.generateKeyPairHex(), []);
}

function smCryptoV2(): Peer {
  type Precomputed = object;
  const { sm2 } = require("sm-crypto-v2") as {
    sm2: SmCrypto<string | Precomputed>["sm2"] & { precomputePublicKey(key: string): Precomputed };
  };
  const pair = sm2.generateKeyPairHex();
  return peerOf("SM2, sm-crypto-v2 1.15", sm2, pair, [sm2.precomputePublicKey(pair.publicKey)]);
}

function peerOf<Key>(
  name: string,
  sm2: SmCrypto<Key | string>["sm2"],
  { privateKey, publicKey }: { privateKey: string; publicKey: string },
  precomputed: readonly Key[],
): Peer {
  const e = randomOf(32);
  const signature = sm2.doSignature(e, privateKey, { hash: false });
  const verify = (key: Key | string): boolean => sm2.doVerifySignature(e, signature, key, { hash: false });
  mustHold([publicKey, ...precomputed].every(verify), `${name} verifies what it signed`);
  return {
    name,
    operations: [
      { operation: "sign", run: () => void sm2.doSignature(e, privateKey, { hash: false }) },
      { operation: "verify", run: () => void verify(publicKey) },
      ...precomputed.map((key) => ({ operation: "verify, key with table", run: () => void verify(key) })),
    ],
  };
}

/** The machine's `openssl speed`; nothing where it is missing or was built without SM2. */
export function opensslSm2(): ForeignRates[] {
  const { stdout } = spawnSync("openssl", ["speed", "-seconds", "1", "-mr", "sm2"], { encoding: "utf8" });
  const [, sign, verify] = /^\+F7:\d+:256:CurveSM2:([\d.]+):([\d.]+)$/m.exec(stdout) ?? [];
  if (sign === undefined || verify === undefined) return [];
  return [{ name: "SM2, openssl speed", sign: Number(sign), verify: Number(verify) }];
}
