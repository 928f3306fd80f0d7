import type { Officer, OfficerPolicy, OpenPolicy } from "@yinxin/service-kit/approvals";
import { canonicalBytes } from "@yinxin/service-kit/approvals";

import { exitCodes } from "../exit-codes.ts";
import { CommandFailure, meant } from "../terminal/index.ts";
import { checkedPolicy } from "./policy-file.ts";

/** What a command changes about a policy; `break_glass: undefined` takes the emergency key out. */
export interface PolicyEdit {
  readonly officers?: OfficerPolicy["officers"];
  readonly rules?: OfficerPolicy["rules"];
  readonly break_glass?: OfficerPolicy["break_glass"];
}

/** The policy that follows the one in force. @throws CommandFailure `policy-refused` */
export function nextPolicy(
  { policy, digest }: Pick<OpenPolicy, "policy" | "digest">,
  edit: PolicyEdit,
): OfficerPolicy {
  const next = { ...policy, ...edit, version: policy.version + 1, previous: digest };
  // Undefined members are left out: canonical JSON has none.
  return checkedPolicy(canonicalBytes(JSON.parse(JSON.stringify(next)) as OfficerPolicy));
}

/** @throws CommandFailure `officer-unknown`, with an id that was perhaps meant. */
export function officerNamed({ officers }: Pick<OfficerPolicy, "officers">, word: string): Officer {
  const found = officers.find(({ id, name }) => id === word || name === word);
  if (found !== undefined) return found;
  const ids = officers.map(({ id }) => id);
  const near = meant(word, ids);
  const hint = near.length === 0 ? ids : near;
  throw new CommandFailure(
    "officer-unknown",
    {
      zh: `审批策略中没有 ${word}；现有：${hint.join("、")}`,
      en: `The policy has no officer ${word}; there are: ${hint.join(", ")}`,
    },
    { exitCode: exitCodes.failed, next: { zh: "yinxin officers list", en: "yinxin officers list" } },
  );
}
