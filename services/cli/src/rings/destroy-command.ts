import { command as storeCommand } from "../keys/destroy-command.ts";
import { destroyCommand } from "./change-commands.ts";
import { ringOrStore } from "./ring-or-store.ts";

/** A version of a key by purpose, or with `--store` a key of a store. */
export const command = ringOrStore(destroyCommand, storeCommand);
