import { bytesOfHex, equalBytes } from "../../bytes/index.ts";
import type { EcCurve, EcEngine } from "./engine.ts";

interface KnownAnswers {
  readonly d: Uint8Array;
  readonly point: Uint8Array;
  readonly e: Uint8Array;
  readonly signature: Uint8Array;
  /** [scalar]from = product. */
  readonly product: { readonly scalar: Uint8Array; readonly from: Uint8Array; readonly is: Uint8Array };
}

const answers: Readonly<Record<EcCurve, KnownAnswers>> = {
  // GB/T 32918.5-2017 annex A.2 (signature) and annex C.2 (the shared point of encryption, to the same key).
  sm2: {
    d: bytesOfHex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"),
    point: bytesOfHex(
      "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
    ),
    e: bytesOfHex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"),
    signature: bytesOfHex(
      "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3" +
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    ),
    product: {
      scalar: bytesOfHex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21"),
      from: bytesOfHex(
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
          "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
      ),
      is: bytesOfHex(
        "335e18d751e51f040e27d468138b7ab1dc86ad7f981d7d416222fd6ab3ed230d" +
          "ab743ebcfb22d64f7b6ab791f70658f25b48fa93e54064fdbfbed3f0bd847ac9",
      ),
    },
  },
  // RFC 6979 annex A.2.5 (SHA-256, "sample") and RFC 5903 §8.1.
  p256: {
    d: bytesOfHex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
    point: bytesOfHex(
      "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    ),
    e: bytesOfHex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"),
    signature: bytesOfHex(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    product: {
      scalar: bytesOfHex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"),
      from: bytesOfHex(
        "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63" +
          "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
      ),
      is: bytesOfHex(
        "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" +
          "522bde0af0d8585b8def9c183b5ae38f50235206a8674ecb5d98edb20eb153a2",
      ),
    },
  },
};

/**
 * Computes published answers on every curve of the engine.
 *
 * @returns what came out wrong, in words; undefined if all is right.
 */
export function wrongAnswer(engine: EcEngine): string | undefined {
  if (engine.curves.length === 0) return "it has no curve";
  for (const curve of engine.curves) {
    try {
      const wrong = checks.find(([, isRight]) => !isRight(engine, curve, answers[curve]));
      if (wrong !== undefined) return `${curve}: ${wrong[0]}`;
    } catch (cause) {
      return `${curve}: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  }
  return undefined;
}

type Check = (engine: EcEngine, curve: EcCurve, answers: KnownAnswers) => boolean;

const checks: readonly (readonly [name: string, isRight: Check])[] = [
  ["the public key", (engine, curve, { d, point }) => equalBytes(engine.publicPoint(curve, d), point)],
  [
    "the multiple of a point",
    (engine, curve, { product: { from, scalar, is } }) =>
      equalBytes(engine.multiply(curve, from, scalar) ?? new Uint8Array(), is),
  ],
  ["verifying without a table", (...input) => verifiesOnlyTheRightOne(false, ...input)],
  ["verifying with a table", (...input) => verifiesOnlyTheRightOne(true, ...input)],
  ["signing", signsRight],
];

function verifiesOnlyTheRightOne(
  table: boolean,
  engine: EcEngine,
  curve: EcCurve,
  { point, e, signature }: KnownAnswers,
): boolean {
  const key = engine.importPublicKey(curve, point, { table });
  return key.verify(e, signature) && !key.verify(turned(e), signature) && !key.verify(e, turned(signature));
}

/** Nonces are fresh, so that no signature is known; it has to verify, and only for its digest. */
function signsRight(engine: EcEngine, curve: EcCurve, { d, point, e }: KnownAnswers): boolean {
  const key = engine.importPrivateKey(curve, d);
  try {
    const publicKey = engine.importPublicKey(curve, point, { table: false });
    const [first, second] = key.signBatch([e, turned(e)], (length) => new Uint8Array(length));
    if (first === undefined || second === undefined) return false;
    return (
      publicKey.verify(e, first) &&
      publicKey.verify(turned(e), second) &&
      !publicKey.verify(e, second) &&
      // One nonce for two digests would give the key away.
      !equalBytes(first.subarray(0, 32), second.subarray(0, 32))
    );
  } finally {
    key.destroy();
  }
}

/** The same with its last bit turned. */
function turned(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));
}
