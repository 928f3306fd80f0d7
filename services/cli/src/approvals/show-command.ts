import { writeFile } from "node:fs/promises";

import { exitCodes } from "../exit-codes.ts";
import { officerCommand } from "../officer/index.ts";
import { onlyWord, renderJson } from "../terminal/index.ts";
import { changeJsonOf, tellEnding } from "./decide.ts";
import { findChange, holdChange, readChangeId } from "./held-change.ts";
import { crlsOption, readOfficerCrls } from "./read-officer-crls.ts";
import { renderChange } from "./render-change.ts";

export const command = officerCommand({
  lines: ["approvals show CHANGE [--output FILE] [--crls FILE]"],
  examples: [
    "approvals show chg_018f3a52c0de4b1c9a7e55aa",
    "approvals show chg_018f3a52c0de4b1c9a7e55aa --output change.json",
  ],
  about: {
    zh: "显示一项变更及其全部签名；签名在本机用信任文件核对，不依赖服务的说法。",
    en: "Shows a change and every signature on it. The signatures are verified here, by the trust file, whatever the service says.",
  },
  options: {
    ...crlsOption,
    output: {
      type: "string",
      value: "FILE",
      help: {
        zh: "把全部证据写入文件，供离线批准或核对",
        en: "write all that proves it to a file, to approve or verify it without a network",
      },
    },
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const id = readChangeId(onlyWord(positionals, "a change (chg_…)"));
    const open = await session();
    const crls = await readOfficerCrls(values.crls);
    const found = await findChange(open, id);
    const change =
      crls === undefined
        ? found
        : { ...found, ...holdChange(found.exported, await open.trust(), { crls, now: terminal.now() }) };
    if (values.output !== undefined) {
      await writeFile(values.output, `${JSON.stringify(change.exported)}\n`, { mode: 0o600 });
      terminal.say(terminal.language === "zh" ? `已写入 ${values.output}` : `written to ${values.output}`);
    }
    terminal.print(isJson ? renderJson(changeJsonOf(change)) : renderChange(change, terminal.language));
    tellEnding(change, terminal);
    return change.verification.verdict === "refused" ? exitCodes.invalid : exitCodes.done;
  },
});
