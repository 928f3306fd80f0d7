import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { checkKeyLabel, KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";

import { exitCodes } from "../exit-codes.ts";
import { noWords, parseOptions, renderJson, UsageError } from "../terminal/index.ts";
import { keyJsonOf } from "./describe-key.ts";
import { requireFace } from "./find-key.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

export const command = keysCommand(
  `usage: yinxin keys generate --store URI --label LABEL --algorithm NAME [options]

Makes a key inside the store, which cannot be taken out, and prints its URI.

  --label LABEL         its name: up to 64 of a-z, 0-9, with . and - inside
  --algorithm NAME      ${signatureAlgorithmNames.join(", ")}
  --dry-run             say what would be done, and do nothing
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      label: { type: "string" },
      algorithm: { type: "string" },
      "dry-run": { type: "boolean" },
    });
    noWords(positionals);
    if (values.label === undefined) throw new UsageError("Name the key with --label.");
    const request = { label: values.label, algorithm: readAlgorithm(values.algorithm) };
    checkKeyLabel(request.label);
    const isJson = values.json === true;
    return withStore(values, terminal, async (store) => {
      const generation = requireFace(store.generation, "makes no keys: the vendor's own tool does");
      if (values["dry-run"] === true) {
        await checkLabelIsFree(store, request.label);
        const { device } = await store.health();
        terminal.say(`would make a key ${request.label} for ${request.algorithm} in: ${device}`);
        if (isJson) terminal.print(renderJson({ dryRun: true, ...request, device }));
        return exitCodes.done;
      }
      const key = await generation.generate(request).catch((cause: unknown) => {
        throw withWhatIsMade(cause);
      });
      terminal.print(isJson ? renderJson(keyJsonOf(key)) : `${key.uri}\n`);
      return exitCodes.done;
    });
  },
);

/** A device that makes other keys than this one: which, and how to ask for them. */
function withWhatIsMade(cause: unknown): unknown {
  if (!(cause instanceof KeyStoreError) || cause.code !== "algorithm-not-supported") return cause;
  const { code, message, facts } = cause;
  if (facts.supported === undefined || facts.supported.length === 0) return cause;
  const others = facts.supported.join(" | ");
  return new KeyStoreError(code, message, {
    cause,
    facts,
    nextStep: {
      zh: `改用这个设备能生成的算法：--algorithm ${others}。`,
      en: `Choose what this device makes: --algorithm ${others}.`,
    },
  });
}

/** @throws UsageError for none and for one that nobody knows. */
export function readAlgorithm(text: string | undefined): SignatureAlgorithmName {
  const name = signatureAlgorithmNames.find((each) => each === text);
  if (name !== undefined) return name;
  throw new UsageError(`--algorithm ${text ?? ""}: choose one of ${signatureAlgorithmNames.join(", ")}.`);
}

/** @throws KeyStoreError `key-exists`. */
export async function checkLabelIsFree(store: KeyStore, label: string): Promise<void> {
  const taken = (await store.list()).find((key) => key.label === label);
  if (taken === undefined) return;
  throw new KeyStoreError("key-exists", `there is already a key ${label}`, { facts: { uri: taken.uri } });
}
