import type { ChangeVerification, Signatory } from "@yinxin/service-kit/approvals";
import { describe, expect, it } from "vitest";

import type { HeldChange } from "./held-change.ts";
import { refuseHopeless } from "./sign-decision.ts";

const administrator = { person: "p1", role: "system-administrator" } as Signatory;
const auditor = { person: "p2", role: "auditor" } as Signatory;
const asked = { decision: "propose", person: "p1" } as ChangeVerification["signatures"][number];
const verification = { verdict: "waiting", signatures: [asked] } as unknown as ChangeVerification;
const change = { id: "chg_1", verification } as HeldChange;

describe("a decision that would be refused", () => {
  it("is not signed, but whoever asked may take it back, also an administrator", () => {
    const coded = (code: string): unknown => expect.objectContaining({ code });
    expect(() => {
      refuseHopeless(change, administrator, "approve");
    }).toThrow(coded("role-not-permitted"));
    expect(() => {
      refuseHopeless(change, auditor, "reject");
    }).toThrow(coded("role-not-permitted"));
    expect(() => {
      refuseHopeless(change, { ...administrator, role: "security-officer" }, "approve");
    }).toThrow(coded("approval-own-request"));
    expect(() => {
      refuseHopeless(change, administrator, "reject");
    }).not.toThrow();
  });
});
