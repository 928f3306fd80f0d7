import { signatureAlgorithmNames, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyDescription, KeyGeneration, KeyStore, KeyUri } from "../key-store/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import type { Bilingual } from "./conformance-row.ts";
import { codeOf, freshLabel, sentenceOf } from "./trial.ts";
import type { TrialKeys } from "./trial.ts";

/** One RSA key signs by six rows, and making one takes seconds: further rows are asked of the same key. */
const asked: readonly SignatureAlgorithmName[] = signatureAlgorithmNames.filter(
  (name) => name === "RS256" || !isRsa(name),
);

/** From fast to slow, as devices are. */
const cheapestFirst: readonly SignatureAlgorithmName[] = ["ES256", "SM2", "Ed25519", "ES384", "ES512"];

/** Makes a key of each algorithm, or finds those that are there. */
export async function prepareKeys(store: KeyStore, options: ConformanceOptions): Promise<TrialKeys> {
  const notMade = whyNotMade(store, options);
  if (notMade !== undefined || store.generation === undefined) {
    const usable = await findKeys(store, options);
    const absent = (options.keys ?? []).filter((uri) => !usable.some((key) => key.uri === uri));
    return keysOf({ usable, made: [], absent, problems: [], notMade });
  }
  return makeKeys(store.generation, options);
}

/** Destroys what the kit made, as far as the store can; what is left. Never rejects. */
export async function destroyKeys(store: KeyStore, made: Iterable<KeyUri>): Promise<KeyUri[]> {
  const left = new Set<KeyUri>();
  for (const uri of made) {
    try {
      if (store.destruction === undefined) left.add(uri);
      else await store.destruction.destroy(uri);
    } catch (cause) {
      if (codeOf(cause) !== "key-not-found") left.add(uri);
    }
  }
  // A device may say that it did, and not have done it.
  const asked = new Set(made);
  try {
    for (const { uri } of await store.list()) if (asked.has(uri)) left.add(uri);
  } catch {
    // That it does not list its keys is another row.
  }
  return [...left];
}

export function isRsa(name: SignatureAlgorithmName): boolean {
  return signatureAlgorithms[name].kind.startsWith("rsa");
}

function whyNotMade(store: KeyStore, { makesKeys }: ConformanceOptions): Bilingual | undefined {
  if (store.generation === undefined) {
    return { en: "this store makes no keys", zh: "该密钥库不能生成密钥" };
  }
  if (makesKeys === "never") return { en: "no keys were to be made", zh: "未允许生成测试密钥" };
  if (makesKeys === "if-destroyable" && store.destruction === undefined) {
    return {
      en: "this store cannot destroy keys, so none were made without being asked to",
      zh: "该密钥库不能销毁密钥，未经要求不生成测试密钥",
    };
  }
  return undefined;
}

async function makeKeys(generation: KeyGeneration, options: ConformanceOptions): Promise<TrialKeys> {
  const usable: KeyDescription[] = [];
  const problems: { algorithm: SignatureAlgorithmName; problem: string }[] = [];
  for (const algorithm of new Set(options.algorithms?.map(keyAlgorithmOf) ?? asked)) {
    try {
      usable.push(await generation.generate({ label: freshLabel(options.randomBytes), algorithm }));
    } catch (cause) {
      // Nobody said that it can: that it cannot is no failure.
      if (options.algorithms === undefined && codeOf(cause) === "algorithm-not-supported") continue;
      problems.push({ algorithm, problem: sentenceOf(cause) });
    }
  }
  return keysOf({ usable, made: usable.map(({ uri }) => uri), absent: [], problems, notMade: undefined });
}

function keyAlgorithmOf(name: SignatureAlgorithmName): SignatureAlgorithmName {
  return isRsa(name) ? "RS256" : name;
}

/** The keys that were named, or the first of each algorithm. */
async function findKeys(
  store: KeyStore,
  { keys, algorithms }: ConformanceOptions,
): Promise<KeyDescription[]> {
  const listed = await store.list();
  if (keys !== undefined) return listed.filter(({ uri }) => keys.includes(uri));
  const wanted = algorithms?.map(keyAlgorithmOf);
  const first = new Map<SignatureAlgorithmName, KeyDescription>();
  for (const key of listed) {
    const algorithm = keyAlgorithmOf(key.algorithm);
    if (!first.has(algorithm) && wanted?.includes(algorithm) !== false) first.set(algorithm, key);
  }
  return [...first.values()];
}

function keysOf({
  usable,
  made,
  ...others
}: Pick<TrialKeys, "usable" | "absent" | "problems" | "notMade"> & {
  readonly made: readonly KeyUri[];
}): TrialKeys {
  const cheapest =
    cheapestFirst.find((name) => usable.some(({ algorithm }) => algorithm === name)) ?? usable[0]?.algorithm;
  return { usable, made: new Set(made), ...others, cheapest };
}
