import { describe, expect, it } from "vitest";

import type { ProvedChain } from "../approvals/index.ts";
import type { ServiceConnection } from "../officer/index.ts";
import { refuseFork } from "./share-policy.ts";

const [first, second, other] = ["1", "2", "3"].map((digit) => ({ digest: `sm3:${digit.repeat(64)}` }));

/** Only what is read of a service and its chain. */
function told(name: string, ...policies: readonly (typeof first)[]) {
  return { service: { name } as ServiceConnection, answer: { policies } as unknown as ProvedChain };
}

describe("chains of policies that are each proved", () => {
  it("are one history where some services have less of it", () => {
    const answers = [told("seal", first, second), told("ledger", first), told("desk", first, second)];
    expect(() => {
      refuseFork({ answers });
    }).not.toThrow();
  });

  it("are refused where two services have competing successors, and it says who has which", () => {
    const answers = [told("seal", first, second), told("ledger", first, other), told("desk", first)];
    let failure: unknown;
    try {
      refuseFork({ answers });
    } catch (cause) {
      failure = cause;
    }
    expect(failure).toMatchObject({ code: "policy-forked", exitCode: 3 });
    expect(failure).toMatchObject({
      words: {
        en: expect.stringMatching(/version 2.*seal \(sm3:22.*; ledger \(sm3:33/) as string,
        zh: expect.stringContaining("第 2 版") as string,
      },
      next: { en: expect.stringContaining("--service ledger") as string },
    });
  });
});
