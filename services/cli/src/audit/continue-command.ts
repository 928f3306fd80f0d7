import { hexOf } from "@yinxin/crypto/bytes";
import { judgeCheckpoint, parseCheckpoint, parseLogPolicy, parseNote, TlogError } from "@yinxin/crypto/tlog";
import type { Checkpoint } from "@yinxin/crypto/tlog";

import { changeCommand } from "../approvals/index.ts";
import type { OfficerSession, ServiceConnection } from "../officer/index.ts";
import { CommandFailure, onlyWord, readWhole } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";

/** A checkpoint with the signatures of a log and a dozen witnesses. */
const checkpointBytesMax = 64 * 1024;

/** `yinxin audit continue` */
export const command = changeCommand({
  line: "audit continue SERVICE [--checkpoint FILE]",
  examples: [
    "audit continue seal --dry-run",
    'audit continue seal --checkpoint /mnt/witness/checkpoint --reason "database restored from the backup of 21 November"',
  ],
  about: {
    zh: "数据库由备份恢复后，日志不能接着旧检查点写下去：经两位管理员批准，以新纪元继续，首个事件写明旧纪元最后的检查点。",
    en: "After a restore a log cannot go on from its last checkpoint. Two officers let it begin a new epoch, whose first event names the last\ncheckpoint that is known of the old one.",
  },
  operations: ["audit.continue"],
  options: {
    checkpoint: {
      type: "string",
      value: "FILE",
      help: {
        zh: "最后的检查点（取自日志文件夹或见证人）；缺省为服务的日志文件夹中的",
        en: "the last checkpoint, from the log's folder or a witness; else the one in the service's folder",
      },
    },
  },
  isAbout: ({ service, verification: { request } }, word) =>
    service.name === word || request?.target === word,
  wanted: async ({ positionals, values, terminal }, session) => {
    const [service] = session.services(onlyWord(positionals, "a service"));
    if (service === undefined) throw new Error("a service that is named is there");
    const note =
      values.checkpoint === undefined
        ? await service.readText("/v1/audit/checkpoint")
        : new TextDecoder().decode(await readWhole(values.checkpoint, checkpointBytesMax));
    const { origin, size, root } = checkpointIn(note, service);
    await sayUnlessProved(note, session, terminal);
    const parameters = { size, root: `sha-256:${hexOf(root)}` };
    return { service, operation: "audit.continue", target: origin, parameters };
  },
});

function checkpointIn(note: string, { name }: ServiceConnection): Checkpoint {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw new CommandFailure(
      "checkpoint-malformed",
      { zh: `这不是 ${name} 的检查点。`, en: `That is no checkpoint of ${name}.` },
      { cause, next: { zh: "yinxin audit verify", en: "yinxin audit verify" } },
    );
  }
}

/** A key that came later is not in the trust file; whoever approves should know that nothing here proves the checkpoint. */
async function sayUnlessProved(note: string, session: OfficerSession, terminal: Terminal): Promise<void> {
  const { logs } = await session.trust();
  const judged = judgeCheckpoint(note, parseLogPolicy(new TextEncoder().encode(logs)));
  if (judged.result === "passed") return;
  terminal.say(
    terminal.language === "zh"
      ? `⚠ 信任文件不能证明这个检查点（${judged.problem}：${judged.detail}）。批准前请与见证人保存的核对。`
      : `⚠ the trust file does not prove this checkpoint (${judged.problem}: ${judged.detail}). Compare it with what a witness has before you approve.`,
  );
}
