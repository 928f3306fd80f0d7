import { command as storeCommand } from "../keys/show-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { officerCommand } from "../officer/index.ts";
import { onlyWord, renderJson } from "../terminal/index.ts";
import { findRing } from "./read-key-rows.ts";
import { renderRing } from "./render-ring.ts";
import { ringOrStore } from "./ring-or-store.ts";

const ringCommand = officerCommand({
  lines: ["keys show PURPOSE", "keys show KEY-URI --store URI"],
  examples: ["keys show seal.maker", "keys show seal.maker --json"],
  about: {
    zh: "查看一个用途的全部版本与历史（取自审计日志）、计划和与登记不符之处。给出 --store 时查看密钥存储中的一把密钥。",
    en: "Shows every version of a key, its history as the audit log has it, its plans, and where it is not as recorded.\nWith --store it shows a key of a store.",
  },
  options: {},
  run: async ({ positionals, terminal, isJson, session }) => {
    const purpose = onlyWord(positionals, "a purpose (yinxin keys list)");
    const ring = await findRing(await session(), purpose);
    terminal.print(
      isJson ? renderJson({ service: ring.service.name, ...ring.told }) : renderRing(ring, terminal),
    );
    return exitCodes.done;
  },
});

/** A key by purpose, or with `--store` a key of a store. */
export const command = ringOrStore(ringCommand, storeCommand);
