import { describe, expect, it } from "vitest";

import type { ToldPlan } from "./plan-wire.ts";
import { renderPlan } from "./render-plan.ts";

const at = "2026-11-21T02:00:00.000Z";

function step(name: string, action: string, result: ToldPlan["steps"][number]["result"]) {
  return { name, do: action, title: { zh: name, en: name }, state: "done", done_at: at, result };
}

const plan: ToldPlan = {
  ...{ id: "plan_1", purpose: "seal.client", title: { zh: "处置", en: "Compromise" }, state: "done" },
  created_at: at,
  steps: [
    step("revoke", "call", { crl: 7 }),
    step("deny", "call", { not_offered: "compromise.deny" }),
    step("certify", "certify", { not_for_drills: "compromise.certify" }),
    step("publish", "publish", { version: 2, not_offered: "compromise.publish" }),
  ],
};

describe("a plan for a person", () => {
  it("counts no step as done that did nothing, and says why", () => {
    const lines = (language: "zh" | "en") => renderPlan(plan, { language, hasColour: false }).split("\n");
    const endOf = (language: "zh" | "en", name: string) =>
      lines(language)
        .find((line) => line.includes(name))
        ?.split(/ {2,}/u)
        .at(-1);
    expect(["revoke", "deny", "certify", "publish"].map((name) => endOf("en", name))).toEqual([
      ...["✔ done", "— not offered", "— not for drills", "✔ done"],
    ]);
    expect(["deny", "certify"].map((name) => endOf("zh", name))).toEqual([
      ...["— 不适用（本服务没有）", "— 不适用（演练中不做）"],
    ]);
  });
});
