import type { KyselyPlugin } from "kysely";

/** Both drivers give `Buffer`; bytes are `Uint8Array` everywhere else, so results are turned at this boundary. */
export const plainBytes: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: ({ result }) =>
    Promise.resolve({
      ...result,
      rows: result.rows.map((row) =>
        Object.values(row).some((value) => Buffer.isBuffer(value)) ? withPlainBytes(row) : row,
      ),
    }),
};

function withPlainBytes(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      Buffer.isBuffer(value) ? new Uint8Array(value) : value,
    ]),
  );
}
