import { spawn } from "node:child_process";
import { mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of, bytesOfHex } from "@yinxin/crypto/bytes";
import { wordsOfDigest } from "@yinxin/crypto/secret-sharing";
import { canonicalBytes, officerRootsOf, signStatement } from "@yinxin/service-kit/approvals";

import type { Command } from "../command.ts";
import { readTrust } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { openOfficerKey } from "../keys/officer-key.ts";
import {
  CommandFailure,
  describeUsage,
  noWords,
  onlyWord,
  parseOptions,
  printable,
  readWhole,
  renderJson,
  renderTable,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";
import { filled, parseScript, scriptBytesMax } from "./ceremony-script.ts";
import type { CeremonyScript } from "./ceremony-script.ts";
import { qrCodeOf } from "./qr-code.ts";
import { runCeremony } from "./run-ceremony.ts";
import { templates } from "./templates/index.ts";
import { openTranscript, readTranscript, transcriptBytesMax } from "./transcript.ts";
import type { Transcript, TranscriptReading } from "./transcript.ts";
import { signaturesShape, verifyCeremony } from "./verify-ceremony.ts";
import type { CeremonySignatures } from "./verify-ceremony.ts";

const json = { json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } } } as const;

const newOptions = {
  template: {
    type: "string",
    value: "NAME",
    help: {
      zh: templates.map(({ name }) => name).join("、"),
      en: templates.map(({ name }) => name).join(", "),
    },
  },
  out: {
    type: "string",
    short: "o",
    value: "FILE",
    help: { zh: "脚本文件；不得已存在", en: "the script; must not be there yet" },
  },
  set: {
    type: "string",
    multiple: true,
    value: "NAME=VALUE",
    help: { zh: "填入变量", en: "fill in a variable" },
  },
  ...json,
} as const satisfies OptionTable;

/** `yinxin ceremony new` */
export const newCommand: Command = {
  usage: describeUsage({
    lines: ["ceremony new --template NAME -o FILE [--set NAME=VALUE]…"],
    examples: [
      "ceremony new --template first-keys -o script.json",
      "ceremony new --template root-key -o root.json --set label=ca-root-2",
    ],
    about: {
      zh: "由模板生成编号的仪式脚本；脚本是数据，可改后再用。",
      en: "Makes a numbered script from a template. It is data: change it, then run it.",
    },
    options: newOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, newOptions);
    noWords(positionals);
    const template = templates.find(({ name }) => name === values.template);
    if (template === undefined)
      throw new UsageError(`--template: ${templates.map(({ name }) => name).join(", ")}.`);
    if (values.out === undefined) throw new UsageError("Name the script with --out FILE.");
    const script = withValues(template, values.set ?? []);
    await writeFile(values.out, `${JSON.stringify(script, undefined, 2)}\n`, { flag: "wx" });
    if (values.json === true)
      terminal.print(renderJson({ file: values.out, name: script.name, steps: script.steps.length }));
    else
      for (const [at, step] of script.steps.entries())
        terminal.print(
          `${String(at + 1).padStart(2)}. [${step.initials.map(() => "  ").join("|")}] ${step.title[terminal.language]}\n`,
        );
    return exitCodes.done;
  },
};

function withValues(template: CeremonyScript, given: readonly string[]): CeremonyScript {
  const values = new Map(
    given.map((each): [string, string] => {
      const [name = "", ...value] = each.split("=");
      if (!template.variables.some((variable) => variable.name === name))
        throw new UsageError(
          `--set ${name}: ${template.variables.map((variable) => variable.name).join(", ")}.`,
        );
      return [name, value.join("=")];
    }),
  );
  const variables = template.variables.map((variable) => {
    const value = values.get(variable.name) ?? variable.value;
    return { ...variable, ...(value === undefined ? {} : { value }) };
  });
  return { ...template, variables };
}

const runOptions = {
  transcript: {
    type: "string",
    value: "FILE",
    help: { zh: "记录文件；已有而未完的接着进行", en: "the transcript; one that was cut short goes on" },
  },
  "dry-run": {
    type: "boolean",
    help: {
      zh: "彩排：用临时的密钥存储；无人时自动应答",
      en: "a rehearsal on a throw-away store; answers itself where nobody is there",
    },
  },
  ...json,
} as const satisfies OptionTable;

/** `yinxin ceremony run` */
export const runCommand: Command = {
  usage: describeUsage({
    lines: ["ceremony run SCRIPT --transcript FILE", "ceremony run SCRIPT --dry-run"],
    examples: [
      "ceremony run script.json --transcript first-keys.jsonl",
      "ceremony run script.json --dry-run",
    ],
    about: {
      zh: "逐步执行脚本，记录时间、命令、回答与姓名缩写；不需要任何服务。中断后再次运行即从断处继续。",
      en: "Walks the script step by step and writes down times, commands, answers and initials. It needs no service. Cut short, it goes on where it was.",
    },
    options: runOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, runOptions);
    const file = onlyWord(positionals, "a script");
    const script = parseScript(await readWhole(file, scriptBytesMax), file);
    const isRehearsal = values["dry-run"] === true;
    if (!isRehearsal && !terminal.isInteractive)
      throw new CommandFailure(
        "nobody-there",
        { zh: "仪式需要有人在场。", en: "A ceremony needs people at a terminal." },
        { exitCode: exitCodes.notAllowed, next: { zh: "彩排：--dry-run", en: "A rehearsal: --dry-run" } },
      );
    if (!isRehearsal && values.transcript === undefined)
      throw new UsageError("Name the transcript with --transcript FILE.");
    const scratch = isRehearsal ? await makeScratch(terminal) : undefined;
    try {
      const transcript = await openTranscript(
        values.transcript ?? join(scratch ?? "", "transcript.jsonl"),
        terminal.now,
      );
      try {
        await begin(transcript, script, scratch, terminal);
        await runCeremony({
          terminal,
          transcript,
          runYinxin: (words) => runYinxin(words, terminal),
          ask: askWith(terminal),
        });
        sayEnd(transcript, values.transcript, terminal, values.json === true);
        return exitCodes.done;
      } finally {
        await transcript.close();
      }
    } finally {
      if (scratch !== undefined) await rm(scratch, { recursive: true });
    }
  },
};

/** A folder with a PIN that nobody knows; it is removed at the end. */
async function makeScratch(terminal: Terminal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-rehearsal-"));
  await writeFile(join(folder, "pin"), base64Of(terminal.randomBytes(24)), { mode: 0o400 });
  return folder;
}

function askWith(terminal: Terminal): (question: string, suggested: string) => Promise<string> {
  if (terminal.isInteractive) return (question) => terminal.ask(question);
  return (question, suggested) => {
    terminal.say(`${question} ${suggested}`);
    return Promise.resolve(suggested);
  };
}

/** Names and variables are asked for once; a transcript that goes on has them. */
async function begin(
  transcript: Transcript,
  script: CeremonyScript,
  scratch: string | undefined,
  terminal: Terminal,
): Promise<void> {
  if (continues(transcript, script)) return;
  const { language } = terminal;
  terminal.say(script.title[language]);
  const ask = askWith(terminal);
  const participants: Record<string, string> = {};
  for (const { id, role } of script.participants)
    participants[id] = (await ask(`${role[language]}:`, role[language])).trim();
  const variables: Record<string, string> = {};
  for (const { name, title, value, rehearsal, is_read_only: isReadOnly = false } of script.variables) {
    const rehearsed =
      scratch === undefined || (isReadOnly && value !== undefined) ? value : filled(rehearsal, { scratch });
    variables[name] = rehearsed ?? (await ask(`${title[language]}:`, "")).trim();
  }
  await transcript.append({
    kind: "begin",
    type: "yinxin-ceremony-transcript",
    script,
    is_rehearsal: scratch !== undefined,
    participants,
    variables,
  });
}

/** Whether a transcript goes on. @throws CommandFailure `script-changed`, `ceremony-ended` */
function continues({ entries }: Transcript, script: CeremonyScript): boolean {
  const [first] = entries;
  if (first === undefined) return false;
  if (first.kind !== "begin" || JSON.stringify(first.script) !== JSON.stringify(script))
    throw new CommandFailure(
      "script-changed",
      { zh: "这份记录属于另一份脚本。", en: "This transcript is of another script." },
      { exitCode: exitCodes.conflict },
    );
  if (entries.at(-1)?.kind === "end")
    throw new CommandFailure(
      "ceremony-ended",
      { zh: "这次仪式已经结束。", en: "This ceremony has ended." },
      { exitCode: exitCodes.conflict },
    );
  return true;
}

/** Longer than any list of keys. */
const stdoutBytesMax = 4 * 1024 * 1024;

/** This program again, with the people's keyboard: a PIN that is asked for never passes through the ceremony. */
function runYinxin(
  args: readonly string[],
  { environment }: Terminal,
): Promise<{ exitCode: number; stdout: string }> {
  const [program = ""] = process.argv.slice(1);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
      stdio: ["inherit", "pipe", "inherit"],
      env: { ...environment },
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout.length < stdoutBytesMax) stdout += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ exitCode: code ?? 1, stdout });
    });
  });
}

function sayEnd(transcript: Transcript, file: string | undefined, terminal: Terminal, isJson: boolean): void {
  const digest = transcript.digest();
  const bytes = bytesOfHex(digest.slice("sm3:".length));
  const words = { en: wordsOfDigest(bytes, "en", 8).join(" "), zh: wordsOfDigest(bytes, "zh", 8).join(" ") };
  if (isJson)
    terminal.print(renderJson({ transcript: file, digest, words, entries: transcript.entries.length }));
  else terminal.print(`${digest}\n${words.en}\n${words.zh}\n\n${qrCodeOf(digest)}`);
  if (file === undefined) return;
  const [begin] = transcript.entries;
  for (const { id } of begin?.kind === "begin" ? begin.script.participants : [])
    terminal.say(
      `→ yinxin ceremony sign ${printable(file)} --participant ${id} --officer-key URI --officer-label LABEL`,
    );
}

const signOptions = {
  participant: {
    type: "string",
    value: "ID",
    help: { zh: "签名者在脚本中的编号", en: "who signs, by the script's id" },
  },
  "officer-key": {
    type: "string",
    value: "URI",
    help: { zh: "签名者的密钥存储", en: "the store of the signer's key" },
  },
  "officer-label": { type: "string", value: "LABEL", help: { zh: "密钥标签", en: "the key's label" } },
  "officer-pin-file": {
    type: "string",
    value: "FILE",
    help: { zh: "PIN 文件；缺省为提示输入", en: "holds the PIN; else a prompt" },
  },
  sandbox: { type: "boolean", help: { zh: "测试设备", en: "a device for tests" } },
  ...json,
} as const satisfies OptionTable;

/** `yinxin ceremony sign` */
export const signCommand: Command = keysCommand(
  describeUsage({
    lines: ["ceremony sign TRANSCRIPT --participant ID --officer-key URI --officer-label LABEL"],
    examples: [
      "ceremony sign first-keys.jsonl --participant auditor --officer-key pkcs11:serial=1 --officer-label auditor",
      "ceremony sign first-keys.jsonl --participant leader --officer-key file:/media/leader --officer-label leader",
    ],
    about: {
      zh: "一位参与者以自己的密钥签署整份记录；签名存于 TRANSCRIPT.signatures.json。",
      en: "One participant signs the whole transcript with their own key; kept in TRANSCRIPT.signatures.json.",
    },
    options: signOptions,
  }),
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, signOptions);
    const file = onlyWord(positionals, "a transcript");
    const { participant, "officer-key": store, "officer-label": label, "officer-pin-file": pinFile } = values;
    if (participant === undefined || store === undefined || label === undefined)
      throw new UsageError("Give --participant, --officer-key and --officer-label.");
    const { entries, digest } = await readEnded(file, participant);
    const at = terminal.now();
    const statement = canonicalBytes({
      type: "yinxin-ceremony-statement",
      transcript: digest,
      entries: entries.length,
      participant,
      at: at.toISOString(),
    });
    terminal.say(
      `${digest}\n${wordsOfDigest(bytesOfHex(digest.slice("sm3:".length)), terminal.language, 8).join(" ")}`,
    );
    const key = await openOfficerKey(
      { store, label, isSandbox: values.sandbox === true, ...(pinFile === undefined ? {} : { pinFile }) },
      terminal,
    );
    try {
      const signature = await signStatement({ ...key, chain: [] }, statement, at);
      await addSignature(file, {
        participant,
        statement: base64Of(statement),
        signature: base64Of(signature),
      });
    } finally {
      await key.close();
    }
    if (values.json === true) terminal.print(renderJson({ transcript: file, digest, participant }));
    return exitCodes.done;
  },
);

/** @throws CommandFailure `transcript-unfinished`; UsageError for somebody who did not take part. */
async function readEnded(file: string, participant: string): Promise<TranscriptReading> {
  const reading = readTranscript(await readWhole(file, transcriptBytesMax));
  const { entries, problem } = reading;
  const [begin] = entries;
  if (problem !== undefined || begin?.kind !== "begin" || entries.at(-1)?.kind !== "end")
    throw new CommandFailure(
      "transcript-unfinished",
      {
        zh: "记录未完成或被改动，不能签署。",
        en: "The transcript is unfinished or was changed; nobody signs that.",
      },
      { exitCode: exitCodes.notAllowed },
    );
  const ids = begin.script.participants.map(({ id }) => id);
  if (!ids.includes(participant)) throw new UsageError(`--participant: ${ids.join(", ")}.`);
  return reading;
}

async function readSignatures(file: string): Promise<CeremonySignatures> {
  const text = await readWhole(`${file}.signatures.json`, scriptBytesMax).catch(() => undefined);
  const none: CeremonySignatures = { type: "yinxin-ceremony-signatures", signatures: [] };
  if (text === undefined) return none;
  try {
    return signaturesShape.parse(JSON.parse(new TextDecoder().decode(text)));
  } catch (cause) {
    throw new CommandFailure(
      "signatures-malformed",
      { zh: "签名文件有误。", en: "The file of signatures is wrong." },
      { cause, exitCode: exitCodes.invalid },
    );
  }
}

/** Who signs again replaces their signature. */
async function addSignature(file: string, signed: CeremonySignatures["signatures"][number]): Promise<void> {
  const { signatures, type } = await readSignatures(file);
  const others = signatures.filter(({ participant }) => participant !== signed.participant);
  const path = `${file}.signatures.json`;
  const handle = await open(`${path}.partial`, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ type, signatures: [...others, signed] }, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.partial`, path);
}

const verifyOptions = {
  trust: {
    type: "string",
    value: "FILE",
    help: {
      zh: "信任文件（yinxin-trust.json）",
      en: "the trust file (yinxin-trust.json), for the officers' roots",
    },
  },
  ...json,
} as const satisfies OptionTable;

/** `yinxin ceremony verify` */
export const verifyCommand: Command = {
  usage: describeUsage({
    lines: ["ceremony verify TRANSCRIPT --trust FILE"],
    examples: [
      "ceremony verify first-keys.jsonl --trust yinxin-trust.json",
      "ceremony verify first-keys.jsonl --trust yinxin-trust.json --json",
    ],
    about: {
      zh: "离线核对记录：链、步骤、预期结果、每位参与者的签名。",
      en: "Proves a transcript offline: its chain, its steps, their results, and each participant's signature.",
    },
    options: verifyOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, verifyOptions);
    const file = onlyWord(positionals, "a transcript");
    if (values.trust === undefined) throw new UsageError("Name the trust file with --trust FILE.");
    const anchors = officerRootsOf(await readTrust(values.trust));
    const { isValid, checks, digest } = verifyCeremony(
      await readWhole(file, transcriptBytesMax),
      await readSignatures(file),
      anchors,
    );
    if (values.json === true) terminal.print(renderJson({ isValid, digest, checks }));
    else
      terminal.print(
        renderTable(
          { zh: ["检查", "结果", "说明"], en: ["CHECK", "RESULT", "DETAIL"] }[terminal.language],
          checks.map((check) => [check.name, check.result, check.detail]),
        ),
      );
    return isValid ? exitCodes.done : exitCodes.invalid;
  },
};
