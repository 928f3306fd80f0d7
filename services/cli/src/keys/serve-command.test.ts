import { describe, expect, it } from "vitest";

import { lineOf } from "./serve-command.ts";

const client = "ab".repeat(32);

describe("the log of yinxin keys serve", () => {
  it("says of a client that has no keys what would let it in", () => {
    const refused = { event: "client-refused", client, reason: "it is allowed no keys" } as const;
    expect(lineOf(refused, new Map())).toBe(
      `client-refused ${client} it is allowed no keys (to let it in: --allow ${client}=KEY-URI)`,
    );
    expect(lineOf(refused, new Map([[client, []]]))).not.toContain("--allow");
    expect(lineOf({ event: "client-refused", reason: "no certificate" }, new Map())).toBe(
      "client-refused no certificate",
    );
  });
});
