import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyAttributes, KeyDescription, KeyGeneration, KeyStore, KeyUri } from "../key-store/index.ts";
import { failed, notApplicable, passed } from "./conformance-row.ts";
import type { Outcome } from "./conformance-row.ts";
import { noKeys, problemOfSigning } from "./exercise-signing.ts";
import { codeOf, freshLabel, rejectionOf, sentenceOf, testMessage } from "./trial.ts";
import type { Exercise, Trial } from "./trial.ts";

export const seesKeysMadeElsewhere: Exercise = {
  name: "made-elsewhere",
  title: { en: "sees a key made by another process after refresh", zh: "刷新后可见其他进程生成的密钥" },
  run: async (trial) => {
    const make = makeElsewhere(trial);
    if (make === undefined) return notMade(trial);
    const { uri, forget } = await make(freshLabel(trial.randomBytes));
    try {
      await trial.store.refresh();
      const listed = await trial.store.list();
      if (!listed.some((key) => key.uri === uri)) return failed(`${uri} is not listed`, `未列出 ${uri}`);
      const problem = await problemOfSigning(await trial.store.signer(uri));
      return problem === undefined
        ? passed("listed, and it signs", "已列出并可签名")
        : failed(`it does not sign: ${problem}`, `无法签名：${problem}`);
    } finally {
      await forget();
    }
  },
};

type MakeElsewhere = (label: string) => Promise<{ uri: KeyUri; forget: () => Promise<void> }>;

/** With the hook by another program, else through a second store on the same device. */
function makeElsewhere({ hooks, keys, made, openStore, store }: Trial): MakeElsewhere | undefined {
  const forget = async (uri: KeyUri): Promise<void> => {
    await store.destruction?.destroy(uri);
  };
  const { makeKeyElsewhere } = hooks;
  if (makeKeyElsewhere !== undefined) {
    return async (label) => {
      const uri = await makeKeyElsewhere(label);
      made.add(uri);
      return { uri, forget: () => forget(uri) };
    };
  }
  const algorithm = keys.cheapest;
  if (keys.notMade !== undefined || algorithm === undefined) return undefined;
  return async (label) => {
    const other = await openStore();
    try {
      if (other.generation === undefined) throw new Error("a second store on the device makes no keys");
      const { uri } = await other.generation.generate({ label, algorithm });
      return { uri, forget: () => forget(uri) };
    } finally {
      await other.close();
    }
  };
}

function notMade({ keys }: Trial): Outcome {
  const { en, zh } = keys.notMade ?? { en: "no key can be made here", zh: "无法生成密钥" };
  return notApplicable(en, zh);
}

export const forgetsDestroyedKeys: Exercise = {
  name: "destroyed",
  title: {
    en: "finds no key that is not there, and none that was destroyed",
    zh: "不存在或已销毁的密钥返回“未找到”",
  },
  run: async (trial) => {
    const { store, hooks, keys } = trial;
    if (hooks.unknownUri !== undefined) {
      const problem = await problemOfMissing(store, hooks.unknownUri);
      if (problem !== undefined) return failed(problem, problem);
    }
    const algorithm = keys.cheapest;
    if (store.generation === undefined || store.destruction === undefined || algorithm === undefined) {
      return hooks.unknownUri === undefined
        ? notApplicable("keys are destroyed with the vendor's own tool", "密钥须用厂商工具销毁")
        : passed(
            "key-not-found for an unknown key; this store destroys none",
            "未知密钥：key-not-found；不支持销毁",
          );
    }
    if (keys.notMade !== undefined) return notMade(trial);
    const label = freshLabel(trial.randomBytes);
    const { uri } = await store.generation.generate({ label, algorithm });
    const signer = await store.signer(uri);
    await store.destruction.destroy(uri);
    const problem =
      (await problemOfMissing(store, uri)) ??
      (await problemOfOldSigner(signer.sign({ message: testMessage("destroyed") })));
    return problem === undefined ? passed("key-not-found", "key-not-found") : failed(problem, problem);
  },
};

async function problemOfMissing(store: KeyStore, uri: KeyUri): Promise<string | undefined> {
  const refusal = await rejectionOf(store.signer(uri));
  if (refusal === undefined) return `${uri}: a signer was given`;
  if (codeOf(refusal.cause) !== "key-not-found") return `${uri}: ${sentenceOf(refusal.cause)}`;
  const listed = await store.list();
  return listed.some((key) => key.uri === uri) ? `${uri}: still listed` : undefined;
}

/** A signer that was given before the key was destroyed must not sign any more. */
async function problemOfOldSigner(signing: Promise<unknown>): Promise<string | undefined> {
  const refusal = await rejectionOf(signing);
  if (refusal === undefined) return "a destroyed key still signs";
  return codeOf(refusal.cause) === "key-not-found" ? undefined : sentenceOf(refusal.cause);
}

export const keepsPrivateKeysIn: Exercise = {
  name: "private-key-stays",
  title: { en: "keeps private keys in: never extractable, and none is given out", zh: "私钥不可导出" },
  run: async ({ store, keys, hooks }) => {
    if (keys.usable.length === 0) return noKeys();
    const listed = await store.list();
    const ours = listed.filter(({ uri }) => keys.usable.some((key) => key.uri === uri));
    const bad = ours.flatMap((key) => problemsOfAttributes(key, keys.made.has(key.uri)));
    const [first] = bad;
    if (first !== undefined) return failed(first, first);
    const { exportPrivateKey } = hooks;
    const [key] = ours;
    if (exportPrivateKey !== undefined && key !== undefined) {
      const refusal = await rejectionOf(exportPrivateKey(key.uri));
      if (refusal === undefined) return failed("the private key was given out", "私钥被导出");
      const sentence = sentenceOf(refusal.cause);
      return passed(
        `${attributesOf(ours)}; export refused: ${sentence}`,
        `${attributesOf(ours)}；导出被拒绝：${sentence}`,
      );
    }
    if (ours.every(({ attributes }) => Object.keys(attributes).length === 0)) {
      return notApplicable("the device says nothing about its private keys", "设备不报告私钥属性");
    }
    return passed(`read back: ${attributesOf(ours)}`, `读回属性：${attributesOf(ours)}`);
  },
};

function problemsOfAttributes({ uri, attributes }: KeyDescription, isMade: boolean): string[] {
  const { extractable, neverExtractable, local } = attributes;
  return [
    ...(extractable === true ? [`${uri} is extractable`] : []),
    // Of a key that was there before, only its owner knows what it should be.
    ...(isMade && neverExtractable === false ? [`${uri} was extractable once, and it was just made`] : []),
    ...(isMade && local === false ? [`${uri} was not made inside the device`] : []),
  ];
}

function attributesOf(listed: readonly KeyDescription[]): string {
  const names = [
    "local",
    "extractable",
    "neverExtractable",
    "alwaysSensitive",
  ] as const satisfies (keyof KeyAttributes)[];
  const said = names.flatMap((name) => {
    const values = new Set(
      listed.map(({ attributes }) => attributes[name]).filter((value) => value !== undefined),
    );
    return values.size === 0 ? [] : [`${name}=${[...values].join("/")}`];
  });
  return said.length === 0 ? "—" : said.join(" ");
}

/** The longest label that Yinxin gives. */
const longestLabel = 64;
const chineseLabel = "印信合规测试·密钥①";

export const keepsLabels: Exercise = {
  name: "labels",
  title: { en: "keeps long labels and labels in Chinese as they are", zh: "完整保留长标签与中文标签" },
  run: async (trial) => {
    const { store, keys, hooks } = trial;
    const generation = store.generation;
    const algorithm = keys.cheapest;
    if (generation === undefined || algorithm === undefined || keys.notMade !== undefined)
      return notMade(trial);
    const problem = await problemOfLongLabel(trial, generation, algorithm);
    if (problem !== undefined) return problem;
    const { makeKeyElsewhere } = hooks;
    if (makeKeyElsewhere !== undefined) {
      return judgeChinese(trial, async (chinese) => {
        const uri = await makeKeyElsewhere(chinese);
        trial.made.add(uri);
        return uri;
      });
    }
    return passed(
      `${String(longestLabel)} characters; no other program to make a Chinese one`,
      `${String(longestLabel)} 个字符；无其他程序生成中文标签`,
    );
  },
};

async function problemOfLongLabel(
  { store, randomBytes }: Trial,
  generation: KeyGeneration,
  algorithm: SignatureAlgorithmName,
): Promise<Outcome | undefined> {
  const label = freshLabel(randomBytes).padEnd(longestLabel, "x");
  const { uri } = await generation.generate({ label, algorithm });
  try {
    const seen = await labelOf(store, uri);
    if (seen !== label) return notAsGiven(label, seen);
    const second = await rejectionOf(generation.generate({ label, algorithm }));
    return codeOf(second?.cause) === "key-exists"
      ? undefined
      : failed("a label that is taken was given again", "重复标签未被拒绝");
  } finally {
    await store.destruction?.destroy(uri);
  }
}

async function labelOf(store: KeyStore, uri: KeyUri): Promise<string | undefined> {
  const listed = await store.list();
  return listed.find((key) => key.uri === uri)?.label;
}

function notAsGiven(label: string, seen: string | undefined): Outcome {
  return failed(`"${label}" came back as "${seen ?? ""}"`, `“${label}”读回为“${seen ?? ""}”`);
}

async function judgeChinese(
  { store, randomBytes }: Trial,
  make: (label: string) => Promise<KeyUri>,
): Promise<Outcome> {
  const label = `${chineseLabel} ${freshLabel(randomBytes)}`;
  const uri = await make(label);
  try {
    await store.refresh();
    const seen = await labelOf(store, uri);
    return seen === label
      ? passed(
          `${String(longestLabel)} characters, and "${label}"`,
          `${String(longestLabel)} 个字符，以及“${label}”`,
        )
      : notAsGiven(label, seen);
  } finally {
    await store.destruction?.destroy(uri);
  }
}
