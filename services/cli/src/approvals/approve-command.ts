import { exitCodes } from "../exit-codes.ts";
import { dryRunOption, officerCommand } from "../officer/index.ts";
import type { OfficerCall } from "../officer/index.ts";
import { noWords, onlyWord, UsageError } from "../terminal/index.ts";
import { decideAtService, tellChange } from "./decide.ts";
import { findChange, readChangeId } from "./held-change.ts";
import { approveOffline } from "./offline-approval.ts";
import { renderChange } from "./render-change.ts";

const options = {
  confirm: {
    type: "string",
    value: "NAME",
    help: {
      zh: "变更对象的名称，用于无人可问时",
      en: "the name of what the change is about, where nobody can be asked",
    },
  },
  comment: { type: "string", value: "TEXT", help: { zh: "附言，一同签名", en: "a remark, signed with it" } },
  offline: {
    type: "string",
    value: "FILE",
    help: {
      zh: "批准 approvals show --output 写出的文件，不访问网络",
      en: "approve what approvals show --output wrote, without a network",
    },
  },
  trust: {
    type: "string",
    value: "FILE",
    help: {
      zh: "与 --offline 同用：信任文件（缺省取部署的）",
      en: "with --offline: the trust file, else the deployment's",
    },
  },
  output: {
    type: "string",
    value: "FILE",
    help: {
      zh: "与 --offline 同用：签名写到哪里",
      en: "with --offline: where the signature goes (FILE.approval)",
    },
  },
  ...dryRunOption,
} as const;

export const command = officerCommand({
  lines: ["approvals approve CHANGE", "approvals approve --offline FILE [--trust FILE] [--output FILE]"],
  examples: [
    "approvals approve chg_018f3a52c0de4b1c9a7e55aa",
    "approvals approve --offline change.json --trust yinxin-trust.json --officer-key pkcs11:serial=1 --officer-label me",
  ],
  about: {
    zh: "核对并批准一项变更：显示内容、影响与摘要词，请您输入对象名称，然后用您自己的密钥签名。",
    en: "Approves a change: shows what it is, its effect in numbers and the words of its digest, asks for the name of what it is\nabout, and signs with your own key.",
  },
  options,
  run: async (call) => {
    const { values, positionals, terminal, isJson } = call;
    if (values.offline !== undefined) {
      noWords(positionals);
      return await approveOffline(call, values.offline);
    }
    const id = readChangeId(onlyWord(positionals, "a change (chg_…)"));
    return await approve(call, id, terminal, isJson);
  },
});

async function approve(
  { values, session }: OfficerCall<typeof options>,
  id: string,
  terminal: OfficerCall<typeof options>["terminal"],
  isJson: boolean,
): Promise<number> {
  if (values.trust !== undefined || values.output !== undefined)
    throw new UsageError("--trust and --output go with --offline.");
  const open = await session();
  const change = await findChange(open, id);
  if (values["dry-run"] === true) {
    terminal.print(renderChange(change, terminal.language));
    return exitCodes.done;
  }
  const { comment, confirm } = values;
  const decision = { decision: "approve" as const, ...(comment === undefined ? {} : { comment }) };
  const decided = await decideAtService(change, { terminal, session: open, decision, confirm });
  const exitCode = tellChange(decided, terminal, isJson);
  // This officer has done their part; that others are still to come is no failure of it.
  return exitCode === exitCodes.waiting ? exitCodes.done : exitCode;
}
