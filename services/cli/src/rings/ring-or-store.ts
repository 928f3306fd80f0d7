import type { Command } from "../command.ts";

/** One name for keys by purpose and for keys of a store: options that name a store mean the store. */
export function ringOrStore(ring: Command, store: Command): Command {
  const isOfStore = (args: readonly string[]): boolean =>
    args.some((word) => /^--store(-config)?(=|$)/.test(word));
  return {
    usage: joined(ring.usage, store.usage),
    run: (args, terminal) => (isOfStore(args) ? store : ring).run(args, terminal),
  };
}

function joined(ring: Command["usage"], store: Command["usage"]): Command["usage"] {
  const of = (usage: Command["usage"], language: "zh" | "en"): string =>
    typeof usage === "string" ? usage : usage[language];
  return {
    zh: `${of(ring, "zh")}\n${of(store, "zh")}`,
    en: `${of(ring, "en")}\n${of(store, "en")}`,
  };
}
