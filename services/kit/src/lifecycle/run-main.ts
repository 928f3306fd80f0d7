import { SelfTestError } from "@yinxin/crypto/self-test";
import { EngineError } from "@yinxin/crypto/sm2/engine";
import { Sm4Error } from "@yinxin/crypto/sm4";

import { ConfigError } from "../config/index.ts";
import { DatabaseError, MigrationError } from "../database/index.ts";
import { startEngine } from "../engine/index.ts";
import { StartError } from "./listen.ts";

/**
 * Runs a program's `main`, after the self-test of its cryptography (`/readyz` says which engine was chosen). What a person can put right (configuration, a busy port, a database that is not there) is one
 * sentence on standard error and exit code 1; anything else is a defect, and is shown with its stack.
 *
 * @param explain puts errors that the kit does not know, such as those of key stores, into words for a person.
 */
export async function runMain(
  main: () => Promise<unknown>,
  explain: (cause: unknown) => string | undefined = () => undefined,
): Promise<void> {
  try {
    startEngine();
    await main();
  } catch (cause) {
    process.stderr.write(`${explain(cause) ?? explained(cause)}\n`);
    process.exit(1);
  }
}

const kindsForPersons = [
  StartError,
  ConfigError,
  DatabaseError,
  MigrationError,
  SelfTestError,
  Sm4Error,
  EngineError,
];

function explained(cause: unknown): string {
  const isForPerson = kindsForPersons.some((kind) => cause instanceof kind);
  if (!(cause instanceof Error)) return String(cause);
  if (!isForPerson) return cause.stack ?? cause.message;
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
