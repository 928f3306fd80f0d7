import { bytesOfBase64, utf8Of } from "@yinxin/crypto/bytes";
import { encodeNoteKey, noteKeyOf, parseCheckpoint, parseLogPolicy, parseNote } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import { z } from "zod";

import { changeCommand } from "../approvals/index.ts";
import type { OfficerSession, ServiceConnection } from "../officer/index.ts";
import { findRing } from "../rings/index.ts";
import { CommandFailure, onlyWord } from "../terminal/index.ts";

/** As far as it is read here. */
const ringKeys = z.object({
  versions: z.array(
    z.object({ state: z.string(), public_key: z.string(), invalid_from: z.string().optional() }),
  ),
});
type RingVersion = z.infer<typeof ringKeys>["versions"][number];

/** `yinxin audit replace-key` */
export const command = changeCommand({
  line: "audit replace-key PURPOSE",
  examples: [
    "audit replace-key seal.audit --dry-run",
    'audit replace-key seal.witness --reason "the host was broken into"',
  ],
  about: {
    zh: "审计日志密钥或见证密钥泄露之后：经两位管理员批准，由他们（而不是被盗的密钥）为后继密钥作保。先用 yinxin keys compromise 处置；批准后导出变更，交给 yinxin audit trust --replace-key。",
    en: "After the key of an audit log or of a witness was lost: two officers vouch for its successor, since the stolen key must not. Deal with the\ncompromise first (yinxin keys compromise); then export the approved change for yinxin audit trust --replace-key.",
  },
  operations: ["audit.replace-key"],
  options: {},
  wanted: async ({ positionals }, session) => {
    const purpose = onlyWord(positionals, "a purpose: SERVICE.audit or SERVICE.witness");
    const { service } = await findRing(session, purpose);
    const { versions } = await service.send({
      method: "GET",
      path: `/v1/key-rings/${encodeURIComponent(purpose)}`,
      reply: ringKeys,
    });
    const lost = versions.findLast(({ invalid_from: since }) => since !== undefined);
    const next = versions.find(({ state }) => state === "active");
    if (lost?.invalid_from === undefined || next === undefined) throw notLost(purpose);
    const keyOf = await namingKeys(session, service, purpose, versions);
    const [from, to] = [lost, next].map((version) => encodeNoteKey(keyOf(version)));
    const parameters = { from: from ?? "", to: to ?? "", since: lost.invalid_from };
    return { service, operation: "audit.replace-key", target: purpose, parameters };
  },
});

/** A log's keys have the name that its checkpoints begin with; a witness's the one that the trust file knows one of them by. */
async function namingKeys(
  session: OfficerSession,
  service: ServiceConnection,
  purpose: string,
  versions: readonly RingVersion[],
): Promise<(version: RingVersion) => NoteKey> {
  const spki = ({ public_key: text }: RingVersion): Uint8Array => bytesOfBase64(text);
  if (!purpose.endsWith(".witness")) {
    const { origin } = parseCheckpoint(parseNote(await service.readText("/v1/audit/checkpoint")).text);
    const name = /^(.*)\/(?:[2-9]|[1-9]\d{1,3})$/u.exec(origin)?.[1] ?? origin;
    return (version) => noteKeyOf(name, spki(version));
  }
  const { witnesses } = parseLogPolicy(utf8Of((await session.trust()).logs));
  const named = witnesses.find(({ key }) =>
    versions.some((version) => Buffer.from(key.publicKey).equals(spki(version))),
  );
  if (named === undefined) {
    throw new CommandFailure("witness-unknown", {
      zh: `信任文件中没有 ${purpose} 的任何密钥。`,
      en: `The trust file has no key of ${purpose}.`,
    });
  }
  return (version) => noteKeyOf(named.key.name, spki(version), named.key.kind);
}

function notLost(purpose: string): CommandFailure {
  const next = `yinxin keys compromise ${purpose} --since TIME --reason TEXT`;
  return new CommandFailure(
    "key-not-compromised",
    {
      zh: `${purpose} 没有已泄露的版本和启用的后继。`,
      en: `${purpose} has no version that is lost, with an active one after it.`,
    },
    { next: { zh: next, en: next } },
  );
}
