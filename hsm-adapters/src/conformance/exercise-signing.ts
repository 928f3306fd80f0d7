import { parsePublicKey, signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { equalBytes, hexOf } from "@yinxin/crypto/bytes";
import { digestAlgorithms, schemeOf } from "@yinxin/crypto/algorithms";
import { verifyDigestSignature, verifySignature } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import { KeyStoreError, parseKeyUri } from "../key-store/index.ts";
import type { KeyDescription } from "../key-store/index.ts";
import { failed, notApplicable, passed } from "./conformance-row.ts";
import type { Outcome } from "./conformance-row.ts";
import { isRsa } from "./prepare-keys.ts";
import { problemOfLoad, signUnderLoad } from "./sign-under-load.ts";
import { codeOf, sentenceOf, testMessage } from "./trial.ts";
import type { Exercise, Trial } from "./trial.ts";

export const listsKeys: Exercise = {
  name: "list",
  title: { en: "lists its keys, each with a URI of its own", zh: "列出密钥，每个密钥有唯一标识" },
  run: async ({ store, keys }) => {
    const listed = await store.list();
    const uris = listed.map(({ uri }) => uri);
    const missing = keys.usable.find(({ uri }) => !uris.includes(uri));
    if (missing !== undefined) return failed(`${missing.uri} is not listed`, `未列出 ${missing.uri}`);
    if (new Set(uris).size < uris.length) return failed("two keys have one URI", "两个密钥标识相同");
    if (uris.some((uri, at) => uri < (uris[at - 1] ?? "")))
      return failed("not in the order of the URIs", "未按标识排序");
    const bad = listed.map(problemOfDescription).find((problem) => problem !== undefined);
    if (bad !== undefined) return failed(bad, bad);
    return passed(`${String(listed.length)} keys`, `${String(listed.length)} 个密钥`);
  },
};

function problemOfDescription({ uri, publicKey, algorithm }: KeyDescription): string | undefined {
  try {
    parseKeyUri(uri);
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    return cause.message;
  }
  const { kind, algorithm: row } = parsePublicKey(publicKey);
  const fits = isRsa(algorithm) ? kind === "rsa" : row === algorithm;
  return fits ? undefined : `${uri}: the public key is not one for ${algorithm}`;
}

/** A row for each algorithm that was declared or that a key is there for. */
export function exercisesOfAlgorithms(
  { keys }: Trial,
  declared: readonly SignatureAlgorithmName[] | undefined,
): Exercise[] {
  const names = signatureAlgorithmNames.filter((name) => {
    if (declared !== undefined) return declared.includes(name);
    const hasKey = keys.usable.some((key) => key.algorithm === name || (isRsa(name) && isRsa(key.algorithm)));
    return hasKey || keys.problems.some(({ algorithm }) => algorithm === name);
  });
  return names.map((algorithm) => signsBy(algorithm, declared !== undefined));
}

function signsBy(algorithm: SignatureAlgorithmName, isDeclared: boolean): Exercise {
  return {
    name: `sign:${algorithm}`,
    title: { en: `signs by ${algorithm}, and rightly`, zh: `${algorithm} 签名正确` },
    run: async ({ store, keys }) => {
      const key = keys.usable.find((each) => each.algorithm === algorithm || isSameRsa(each, algorithm));
      if (key === undefined) {
        const known = keys.problems.find((each) => isSameKind(each.algorithm, algorithm));
        return known === undefined
          ? failed("declared, and no key is there for it", "声明支持，但没有可用密钥")
          : failed(`no key could be made: ${known.problem}`, `无法生成密钥：${known.problem}`);
      }
      let signer: Signer;
      try {
        signer = await store.signer(key.uri, algorithm);
      } catch (cause) {
        if (isDeclared || !isRsa(algorithm) || codeOf(cause) !== "algorithm-not-supported") throw cause;
        return notApplicable("the RSA keys of this device do not sign so", "该设备的 RSA 密钥不支持");
      }
      return judgeSigner(signer, key, algorithm);
    },
  };
}

function isSameRsa(key: KeyDescription, algorithm: SignatureAlgorithmName): boolean {
  return isRsa(key.algorithm) && isRsa(algorithm);
}

function isSameKind(left: SignatureAlgorithmName, right: SignatureAlgorithmName): boolean {
  return left === right || (isRsa(left) && isRsa(right));
}

/** One octet, a sentence, and more than one block, buffer or packet of any device. */
const messages = [Uint8Array.of(0x59), testMessage("a sentence"), new Uint8Array(100_000).fill(0x5a)];

async function judgeSigner(
  signer: Signer,
  { publicKey }: KeyDescription,
  algorithm: SignatureAlgorithmName,
): Promise<Outcome> {
  if (signer.algorithm !== algorithm) {
    return failed(`the signer says ${signer.algorithm}`, `签名者声称算法为 ${signer.algorithm}`);
  }
  if (!equalBytes(signer.publicKey, publicKey)) {
    return failed("signer and list have different public keys", "签名者与列表中的公钥不一致");
  }
  const seen = new Set<string>();
  for (const message of messages) {
    const signature = await signer.sign({ message });
    seen.add(hexOf(signature));
    if (!verifySignature({ algorithm, publicKey, message, signature })) {
      const size = String(message.length);
      return failed(`the signature over ${size} octets does not verify`, `对 ${size} 字节的签名验证不通过`);
    }
  }
  if (seen.size < messages.length) return failed("one signature for two messages", "两条消息得到同一签名");
  if (signer.inputs.includes("digest") && !(await signsDigests(signer))) {
    return failed("the signature over a digest does not verify", "对摘要的签名验证不通过");
  }
  return passed(`inputs ${signer.inputs.join(", ")}`, `输入：${signer.inputs.join("、")}`);
}

async function signsDigests(signer: Signer): Promise<boolean> {
  const scheme = schemeOf(signer.algorithm);
  if (scheme.digest === undefined) return false;
  const digest = new Uint8Array(digestAlgorithms[scheme.digest].lengthBytes).fill(0x3c);
  const signature = await signer.sign({ digest });
  return verifyDigestSignature({ scheme, publicKey: signer.publicKey, digest, signature });
}

/** A kit without a key shows nothing of a device, however many rows are not applicable. */
export const hasKeys: Exercise = {
  name: "has-keys",
  title: { en: "has keys to sign with, or makes them", zh: "有可用于签名的密钥或能生成密钥" },
  run: ({ keys: { usable, absent, notMade } }) => {
    const [named] = absent;
    if (named !== undefined)
      return Promise.resolve(failed(`there is no key ${named}`, `不存在密钥 ${named}`));
    if (usable.length > 0) {
      const names = usable.map(({ algorithm }) => algorithm).join(", ");
      return Promise.resolve(passed(names, names));
    }
    const why = notMade ?? { en: "and none could be made", zh: "也无法生成" };
    return Promise.resolve(
      failed(`there is no key to sign with: ${why.en}`, `没有可用于签名的密钥：${why.zh}`),
    );
  },
};

export const signsInParallel: Exercise = {
  name: "parallel",
  title: { en: "signs many messages at once, each rightly", zh: "并发签名各自正确且互不相同" },
  run: async ({ store, keys, limits: { parallel } }) => {
    if (keys.usable.length === 0) return noKeys();
    // Keys take turns, so that an answer for one of them given to another is noticed.
    const signers = await Promise.all(keys.usable.map(({ uri }) => store.signer(uri)));
    const result = await signUnderLoad({ signers, inFlight: parallel, goesOn: (asked) => asked < parallel });
    const problem = problemOfLoad(result);
    if (problem !== undefined) return failed(problem.en, problem.zh);
    const count = String(parallel);
    return passed(
      `${count} at once with ${String(signers.length)} keys`,
      `${count} 个并发，${String(signers.length)} 个密钥`,
    );
  },
};

export function noKeys(): Outcome {
  return notApplicable("there is no key to sign with", "没有可用于签名的密钥");
}

/** The key that recovery is tried with: of the cheapest algorithm. */
export async function cheapestSigner({ store, keys }: Trial): Promise<Signer | undefined> {
  const key = keys.usable.find(({ algorithm }) => algorithm === keys.cheapest);
  return key === undefined ? undefined : store.signer(key.uri);
}

/** Signs once; undefined if the signature is right, else why not. */
export async function problemOfSigning(signer: Signer): Promise<string | undefined> {
  const message = testMessage("once more");
  try {
    const signature = await signer.sign({ message });
    const { algorithm, publicKey } = signer;
    return verifySignature({ algorithm, publicKey, message, signature })
      ? undefined
      : "a signature that does not verify";
  } catch (cause) {
    return sentenceOf(cause);
  }
}
