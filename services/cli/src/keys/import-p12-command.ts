import { parsePublicKey, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { parsePrivateKey, Pkcs8Error, publicKeyOf } from "@yinxin/crypto/pkcs8";
import { Pkcs12Error, readPkcs12 } from "@yinxin/crypto/pkcs12";
import type { Pkcs12Contents, Pkcs12Key } from "@yinxin/crypto/pkcs12";
import { checkKeyLabel } from "@yinxin/hsm-adapters/key-store";
import type { KeyDescription, KeyStore } from "@yinxin/hsm-adapters/key-store";
import { pinFile } from "@yinxin/hsm-adapters/pin";

import { exitCodes } from "../exit-codes.ts";
import {
  FileError,
  onlyWord,
  parseOptions,
  printable,
  readWhole,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { keyJsonOf } from "./describe-key.ts";
import { requireFace } from "./find-key.ts";
import { checkLabelIsFree, readAlgorithm } from "./generate-command.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { secretPrompt } from "./secret-input.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

export const command = keysCommand(
  `usage: yinxin keys import-p12 FILE --store URI --label LABEL [options]

Brings a private key in from a PKCS#12 file, and its certificate beside it. The key was outside once and says so for ever:
this is for migration.

  --label LABEL             its name in the store
  --name FRIENDLY-NAME      which key, if the file has several
  --algorithm NAME          what an RSA key signs by; RS256 if absent
  --passphrase-file FILE    holds the passphrase of FILE; mode 0400. Without it: a prompt
  --dry-run                 read the file, look at the store, and do nothing
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      label: { type: "string" },
      name: { type: "string" },
      algorithm: { type: "string" },
      "passphrase-file": { type: "string" },
      "dry-run": { type: "boolean" },
    });
    const file = onlyWord(positionals, "a PKCS#12 file");
    if (values.label === undefined) throw new UsageError("Name the key with --label.");
    checkKeyLabel(values.label);
    const contents = await openFile(file, values["passphrase-file"], terminal);
    const key = chooseKey(file, contents, values.name);
    const algorithm = algorithmOf(file, key, values.algorithm);
    const plan = { label: values.label, algorithm, key, isDry: values["dry-run"] === true };
    try {
      const made = await withStore(values, terminal, (store) => importKey(store, plan, terminal));
      if (values.json === true)
        terminal.print(renderJson(made === undefined ? { dryRun: true, algorithm } : keyJsonOf(made)));
      else if (made !== undefined) terminal.print(`${made.uri}\n`);
      return exitCodes.done;
    } finally {
      for (const each of contents.keys) each.privateKey.fill(0);
    }
  },
);

interface ImportPlan {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly key: Pkcs12Key;
  readonly isDry: boolean;
}

/** @returns undefined if nothing was to be done. */
async function importKey(
  store: KeyStore,
  { label, algorithm, key, isDry }: ImportPlan,
  terminal: Terminal,
): Promise<KeyDescription | undefined> {
  const importing = requireFace(store.importing, "takes no keys from outside");
  const [own] = key.chain;
  const subject = own?.certificate?.subject.text;
  const what = `${label} (${algorithm}${subject === undefined ? "" : `, ${printable(subject)}`})`;
  if (isDry) {
    await checkLabelIsFree(store, label);
    terminal.say(`would import ${what}`);
    return undefined;
  }
  const made = await importing.import({ label, algorithm, pkcs8: key.privateKey });
  if (own === undefined) terminal.say(`imported ${what}; the file has no certificate for it`);
  else if (store.certificates === undefined)
    terminal.say(`imported ${what}; this store keeps no certificates`);
  else {
    await store.certificates.write(made.uri, own.raw);
    terminal.say(`imported ${what}, with its certificate`);
  }
  return made;
}

async function openFile(
  file: string,
  passphraseFile: string | undefined,
  terminal: Terminal,
): Promise<Pkcs12Contents> {
  const bytes = await readWhole(file);
  const passphrase = await readPassphrase(file, passphraseFile, terminal);
  try {
    return readPkcs12(bytes, new TextDecoder("utf-8", { fatal: true }).decode(passphrase));
  } catch (cause) {
    if (!(cause instanceof Pkcs12Error || cause instanceof TypeError)) throw cause;
    const code = cause instanceof Pkcs12Error ? cause.code : "pkcs12-password-wrong";
    throw new FileError(`${file}: ${code}: ${cause.message}.`, { cause });
  } finally {
    passphrase.fill(0);
  }
}

async function readPassphrase(
  file: string,
  passphraseFile: string | undefined,
  terminal: Terminal,
): Promise<Uint8Array> {
  if (passphraseFile !== undefined) return (await pinFile(passphraseFile).read()) ?? new Uint8Array();
  const ask = secretPrompt(terminal);
  if (ask === undefined) throw new UsageError("Give the passphrase of the file with --passphrase-file.");
  return ask(terminal.language === "zh" ? `${file} 的口令：` : `Passphrase of ${file}:`);
}

/** @throws FileError if there is none of that name, or several. */
function chooseKey(file: string, { keys }: Pkcs12Contents, name: string | undefined): Pkcs12Key {
  const fitting = keys.filter((key) => name === undefined || key.friendlyName === name);
  const [key, another] = fitting;
  if (key !== undefined && another === undefined) return key;
  const names = keys.map(({ friendlyName }) => `"${printable(friendlyName ?? "")}"`).join(", ");
  const problem = key === undefined ? "has no such key" : "has several keys, so choose one with --name";
  throw new FileError(`${file}: ${problem} (${names === "" ? "it has none" : names}).`);
}

function algorithmOf(
  file: string,
  { privateKey }: Pkcs12Key,
  wanted: string | undefined,
): SignatureAlgorithmName {
  try {
    const half = publicKeyOf(parsePrivateKey(privateKey));
    const algorithm = half.result === "known" ? parsePublicKey(half.publicKey).algorithm : undefined;
    if (algorithm === undefined)
      throw new FileError(`${file}: its key is damaged, or of a kind that signs nothing here.`);
    if (wanted === undefined) return algorithm;
    const asked = readAlgorithm(wanted);
    if (signatureAlgorithms[asked].keyOid === signatureAlgorithms[algorithm].keyOid) return asked;
    throw new UsageError(`--algorithm ${asked}: the key in the file is one for ${algorithm}.`);
  } catch (cause) {
    if (!(cause instanceof Pkcs8Error)) throw cause;
    throw new FileError(`${file}: its private key is malformed: ${cause.message}.`, { cause });
  }
}
