import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeOnBothDatabases } from "../testing/index.ts";
import { rotationBench, rotationTestMigrations, tokenRing } from "./rotation-test-bench.ts";
import { parsePlanDefinition, standardPlans } from "./index.ts";

const title = { zh: "步骤", en: "Step" };
const generate = { name: "generate", title, do: "generate" };
const plan = (steps: readonly object[], rest: object = {}) => ({ name: "tsa-key", title, steps, ...rest });

/** The plan that the documentation shows. */
function documentedPlan(): unknown {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/plans.md"), "utf8");
  const block = /```json\n(?<json>[\s\S]*?)```/u.exec(page)?.groups?.["json"];
  return JSON.parse(block ?? "");
}

describe("a plan definition", () => {
  it.each(standardPlans.map((definition) => [definition.name, definition] as const))(
    "%s, which is standard, fits its own form",
    (_name, definition) => {
      expect(parsePlanDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(
        JSON.parse(JSON.stringify(definition)),
      );
    },
  );

  it("of the documentation fits", () => {
    expect(parsePlanDefinition(documentedPlan()).name).toBe("tsa-key");
  });

  it.each([
    ["no steps", plan([])],
    ["a member that is unknown", plan([{ ...generate, deadline: 5 }])],
    ["an action that is unknown", plan([{ ...generate, do: "hope" }])],
    ["an action of drills alone", plan([{ ...generate, do: "clear-drill" }])],
    ["a name twice", plan([generate, generate])],
    ["a wait for a later step", plan([{ ...generate, after: { step: "publish", seconds: 1 } }])],
    ["a wait of more than a year", plan([{ ...generate, after: { seconds: 400 * 86_400 } }])],
    ["a call of nothing", plan([{ name: "call", title, do: "call" }])],
    ["an end of roll-back that is no step", plan([generate], { roll_back_until: "publish" })],
    ["a key that signs before it is made", plan([{ name: "retire", title, do: "retire" }])],
    ["an old key that leaves while none follows", plan([{ name: "deactivate", title, do: "deactivate" }])],
    [
      "a roll-back of a key that signs",
      plan([generate, { name: "retire", title, do: "retire" }, { name: "end", title, do: "wait" }], {
        roll_back_until: "end",
      }),
    ],
  ])("with %s is refused", (_name, definition) => {
    expect(() => parsePlanDefinition(definition)).toThrow(
      expect.objectContaining({ code: "plan-definition-malformed" }) as Error,
    );
  });
});

describeOnBothDatabases<unknown>("a ring of another service", rotationTestMigrations, (open) => {
  it("is rotated by the plan file that it brings, with nothing of the machinery changed", async () => {
    const archived: string[] = [];
    const bench = rotationBench(await open(), {
      definitions: [parsePlanDefinition(documentedPlan())],
      hooks: {
        "tsa.certify": { run: ({ next }) => Promise.resolve({ certified: next.version }) },
        "tsa.archive": {
          run: ({ old }) => {
            archived.push(old?.keyId ?? "");
            return Promise.resolve({ archived: true });
          },
        },
      },
    });
    await bench.rings.ensure({ ...tokenRing, purpose: "tsa.token", algorithm: "SM2", plan: "tsa-key" });
    const done = await bench.finish(await bench.begin({ definition: "tsa-key", purpose: "tsa.token" }));
    expect(done.state).toBe("done");
    expect(await bench.states("tsa.token")).toEqual(["deactivated", "active"]);
    expect(archived).toHaveLength(1);
    expect(done.steps.find(({ name }) => name === "certify")?.result).toEqual({ certified: 2 });
  });
});
