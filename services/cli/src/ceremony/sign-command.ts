import { base64Of } from "@yinxin/crypto/bytes";
import { canonicalBytes, signStatement } from "@yinxin/service-kit/approvals";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { openOfficerKey } from "../keys/officer-key.ts";
import {
  CommandFailure,
  describeUsage,
  onlyWord,
  parseOptions,
  readWhole,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { wordsInBoth } from "./digest-words.ts";
import { addSignature } from "./signatures-file.ts";
import { readTranscript, transcriptBytesMax } from "./transcript.ts";
import type { TranscriptReading } from "./transcript.ts";

const options = {
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
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = keysCommand(
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
    options,
  }),
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
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
    terminal.say(`${digest}\n${wordsInBoth(digest)}`);
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
      {
        exitCode: exitCodes.notAllowed,
        next: {
          zh: `未完成的，接着进行：yinxin ceremony run SCRIPT --transcript ${file}`,
          en: `If it is unfinished, go on with it: yinxin ceremony run SCRIPT --transcript ${file}`,
        },
      },
    );
  const ids = begin.script.participants.map(({ id }) => id);
  if (!ids.includes(participant)) throw new UsageError(`--participant: ${ids.join(", ")}.`);
  return reading;
}
