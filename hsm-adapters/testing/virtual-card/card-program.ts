import { importCardKey } from "./card-keys.ts";
import { VirtualPivCard, yubikeyAtr } from "./virtual-piv-card.ts";
import type { CardSettings } from "./virtual-piv-card.ts";
import { createVpcdClient } from "./vpcd-client.ts";

/**
 * The process of the virtual card, so that a test may wait for the card in a synchronous call. It is told by messages what
 * happens to the card, and ends with the process that started it.
 */
export type CardOrder =
  | { readonly order: "create"; readonly settings: CardSettings }
  | { readonly order: "insert" }
  | { readonly order: "pull" }
  /** Pulled when this instruction comes the next time, before it is answered. */
  | { readonly order: "pull-at"; readonly instruction: number }
  | { readonly order: "count"; readonly instruction: number }
  | {
      readonly order: "put";
      readonly slot: number;
      readonly algorithm: number;
      readonly pkcs8: string;
      /** Tag and value, hexadecimal. */
      readonly object?: readonly [tag: number, value: string];
    };

export interface CardReply {
  readonly number: number;
  readonly result?: number;
  readonly problem?: string;
}

const reader = createVpcdClient(Number(process.argv[2]));
let card: VirtualPivCard | undefined;

async function obey(order: CardOrder): Promise<number> {
  if (order.order === "create") {
    card = new VirtualPivCard(order.settings);
    return 0;
  }
  if (card === undefined) throw new Error("there is no card yet");
  const present = card;
  switch (order.order) {
    case "insert":
      await reader.insert({
        atr: yubikeyAtr,
        reset: () => {
          present.reset();
        },
        answer: (command) => present.answer(command),
      });
      return 0;
    case "pull":
      await reader.pull();
      present.reset();
      return 0;
    case "pull-at":
      reader.pullAt(order.instruction);
      return 0;
    case "count":
      return present.countOf(order.instruction);
    case "put":
      present.putKey(order.slot, importCardKey(order.algorithm, order.pkcs8));
      if (order.object !== undefined) present.putObject(order.object[0], Buffer.from(order.object[1], "hex"));
      return 0;
  }
}

process.on("message", ({ number, ...order }: { number: number } & CardOrder) => {
  obey(order).then(
    (result) => process.send?.({ number, result } satisfies CardReply),
    (cause: unknown) => process.send?.({ number, problem: String(cause) } satisfies CardReply),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ number: 0, result: 0 } satisfies CardReply);
