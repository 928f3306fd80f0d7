import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { commandToAskAgain } from "./asking-again.ts";

const asked = {
  operation: "key.rotate",
  target: "seal.maker",
  parameters: {},
  reason: "due",
  service: "seal",
};

describe("the command that asks for a change once more", () => {
  it.each([
    [{}, "yinxin keys rotate seal.maker --reason due"],
    [
      { operation: "key.destroy", parameters: { version: 2, after_days: 7 } },
      "yinxin keys destroy seal.maker --version 2 --after 7d --reason due",
    ],
    [
      { operation: "key.compromise", parameters: { since: "2026-11-20T00:00:00.000Z" } },
      "yinxin keys compromise seal.maker --since 2026-11-20T00:00:00.000Z --reason due",
    ],
    [{ operation: "scope.thaw", target: "unit:市监局" }, "yinxin thaw 'unit:市监局' --reason due"],
    [{ operation: "audit.continue", target: "x/audit" }, "yinxin audit continue seal --reason due"],
  ])("is %j", (fields, command) => {
    expect(commandToAskAgain({ ...asked, ...fields })).toBe(command);
  });

  it("is none for another policy, and for what only a service knows", () => {
    expect(commandToAskAgain({ ...asked, operation: "policy.change" })).toBeUndefined();
    expect(commandToAskAgain({ ...asked, operation: "constructor" })).toBeUndefined();
  });

  it("does nothing else in a shell, whatever somebody wrote as the reason", () => {
    const reason = "it's $(touch /nowhere/x) `id` \"\\ ; rm\u001b[2J\u202e\n--yes";
    const command = commandToAskAgain({ ...asked, reason }) ?? "";
    const printed = execFileSync("sh", ["-c", command.replace(/^yinxin/, "printf '[%s]'")]).toString();
    expect(printed).toBe(
      "[keys][rotate][seal.maker][--reason][it's $(touch /nowhere/x) `id` \"\\ ; rm [2J --yes]",
    );
  });
});
