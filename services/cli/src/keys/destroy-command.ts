import { KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import type { KeyDescription } from "@yinxin/hsm-adapters/key-store";

import { exitCodes } from "../exit-codes.ts";
import { onlyWord, parseOptions, printable, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { keyJsonOf } from "./describe-key.ts";
import { findKey, requireFace } from "./find-key.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

export const command = keysCommand(
  `usage: yinxin keys destroy KEY-URI --store URI [options]

Destroys a key and its certificates for good. Asks for the key's label first.

  --confirm LABEL       the key's label, where nobody can be asked
  --dry-run             say what would be done, and do nothing
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      confirm: { type: "string" },
      "dry-run": { type: "boolean" },
    });
    const text = onlyWord(positionals, "a key's URI");
    const isDry = values["dry-run"] === true;
    return withStore(values, terminal, async (store) => {
      const destruction = requireFace(store.destruction, "destroys no keys: the vendor's own tool does");
      const key = await findKey(store, text);
      if (isDry) {
        terminal.say(`would destroy for good: ${key.uri} "${printable(key.label)}" (${key.algorithm})`);
      } else {
        await confirm(key, values.confirm, terminal);
        await destruction.destroy(key.uri);
        terminal.say(`destroyed: ${key.uri} "${printable(key.label)}"`);
      }
      if (values.json === true) terminal.print(renderJson({ dryRun: isDry, ...keyJsonOf(key) }));
      return exitCodes.done;
    });
  },
);

const questions = {
  zh: (label: string) => `密钥“${label}”将被永久销毁，无法恢复。请输入其标签以确认：`,
  en: (label: string) => `The key "${label}" will be gone for good. Type its label to confirm:`,
} as const;

/** @throws KeyStoreError `not-permitted` unless the label was given or is typed. */
async function confirm(key: KeyDescription, given: string | undefined, terminal: Terminal): Promise<void> {
  const typed =
    given ??
    (terminal.isInteractive
      ? await terminal.ask(questions[terminal.language](printable(key.label)))
      : undefined);
  if (typed === key.label) return;
  const why = typed === undefined ? "nobody can be asked" : "that is not the key's label";
  const option = `--confirm ${printable(key.label)}`;
  throw new KeyStoreError("not-permitted", `nothing was destroyed, ${why}`, {
    facts: { uri: key.uri },
    nextStep: {
      zh: `若确要永久销毁这个密钥，加上 ${option} 再运行一次。`,
      en: `If this key is to be gone for good, run it again with ${option}.`,
    },
  });
}
