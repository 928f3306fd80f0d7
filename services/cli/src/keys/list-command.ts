import { noWords, parseOptions, renderJson, renderTable } from "../terminal/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { attributesInWords, keyJsonOf } from "./describe-key.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

const headings = {
  zh: ["标识", "标签", "算法", "属性"],
  en: ["URI", "LABEL", "ALGORITHM", "ATTRIBUTES"],
} as const;

export const command = keysCommand(
  `usage: yinxin keys list --store URI [options]

Lists the keys of a store: their URIs, labels, algorithms and what the device says of them.

${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, storeOptions);
    noWords(positionals);
    const keys = await withStore(values, terminal, (store) => store.list());
    const { language } = terminal;
    terminal.print(
      values.json === true
        ? renderJson(keys.map(keyJsonOf))
        : renderTable(
            headings[language],
            keys.map((key) => [key.uri, key.label, key.algorithm, attributesInWords(key, language)]),
          ),
    );
    return exitCodes.done;
  },
);
