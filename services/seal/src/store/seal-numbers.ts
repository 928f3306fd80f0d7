import type { Kysely } from "kysely";

import type { SealSchema } from "./seal-schema.ts";

/** More losers in a row than this means that the row is not what it should be. */
const attemptsMax = 100;

/**
 * Takes a division's next number by compare-and-swap: of two that read the same number, one writes and the other tries
 * again, so none is ever given twice.
 */
export async function takeSerial(
  db: Kysely<Pick<SealSchema, "seal_numbers">>,
  divisionCode: string,
): Promise<number> {
  await db
    .insertInto("seal_numbers")
    .values({ division_code: divisionCode, last_serial: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { last_serial: last } = await db
      .selectFrom("seal_numbers")
      .select("last_serial")
      .where("division_code", "=", divisionCode)
      .executeTakeFirstOrThrow();
    const { numUpdatedRows } = await db
      .updateTable("seal_numbers")
      .set({ last_serial: last + 1 })
      .where("division_code", "=", divisionCode)
      .where("last_serial", "=", last)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) return last + 1;
  }
  throw new Error(`no serial number of division ${divisionCode} could be taken`);
}
