import { changeCommand } from "../approvals/index.ts";
import type { WantedAtService } from "../approvals/index.ts";
import { serviceOption } from "../officer/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import { findRing } from "../rings/index.ts";
import { onlyWord, printable, UsageError } from "../terminal/index.ts";

interface FreezeCall {
  readonly positionals: readonly string[];
  readonly values: { readonly service?: string | undefined };
}

/** Where seals and the units they belong to are. */
const serviceOfSeals = "seal";

/** The scope and the service that it is at: a key's own, else that of the seals. */
async function onScope(
  { positionals, values }: FreezeCall,
  session: OfficerSession,
  operation: string,
): Promise<WantedAtService> {
  const text = onlyWord(positionals, "a scope: key:PURPOSE, seal:ID or unit:ID");
  const target = text.includes(":") ? text : `key:${text}`;
  const [, kind, name = ""] = /^(key|seal|unit):(.+)$/.exec(target) ?? [];
  if (kind === undefined)
    throw new UsageError({
      zh: `${printable(text)} 不是范围：请写成 key:PURPOSE、seal:ID 或 unit:ID。`,
      en: `${printable(text)} is no scope: write key:PURPOSE, seal:ID or unit:ID.`,
    });
  if (kind === "key") {
    const { service } = await findRing(session, name);
    return { service, operation, target, parameters: {} };
  }
  const [service] = session.services(values.service ?? serviceOfSeals);
  if (service === undefined)
    throw new UsageError({ zh: "请写明服务：--service NAME。", en: "Name the service: --service NAME." });
  return { service, operation, target, parameters: {} };
}

export const freezeCommand = changeCommand({
  line: "freeze SCOPE",
  examples: [
    'freeze seal:seal_7 --reason "a complaint"',
    'freeze seal.maker --reason "audit" --confirm key:seal.maker',
  ],
  about: {
    zh: "立即冻结一枚印章（seal:ID）、一个单位（unit:ID）或一把密钥（key:PURPOSE）；一位管理员即可，解冻需要两位。",
    en: "Stops a seal (seal:ID), a unit (unit:ID) or a key (key:PURPOSE), at once. One officer is enough; it takes two to thaw.",
  },
  operations: ["scope.freeze"],
  options: serviceOption,
  isImmediate: true,
  isConfirmed: true,
  wanted: (call, session) => onScope(call, session, "scope.freeze"),
});

export const thawCommand = changeCommand({
  line: "thaw SCOPE",
  examples: ["thaw seal:seal_7 --dry-run", 'thaw seal:seal_7 --reason "settled"'],
  about: { zh: "解冻；需要两位管理员。", en: "Lets a frozen scope go on. It takes two officers." },
  operations: ["scope.thaw"],
  options: serviceOption,
  wanted: (call, session) => onScope(call, session, "scope.thaw"),
});
