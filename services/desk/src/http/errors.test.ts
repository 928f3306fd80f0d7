import { RemoteProblem } from "@yinxin/service-kit/auth";
import { describe, expect, it } from "vitest";

import { isSessionOver, statusOf } from "./errors.ts";

const problem = (status: number): RemoteProblem =>
  new RemoteProblem("POST /v1/seals", { type: "about:blank", title: "", status, code: "some-code" } as never);

describe("an error of another service", () => {
  it("keeps its status if the person can correct it, and is a bad gateway otherwise (RFC 9110 §15.6.3)", () => {
    expect([400, 403, 404, 409, 422].map((status) => statusOf(problem(status)))).toEqual([
      400, 403, 404, 409, 422,
    ]);
    expect([500, 502, 503].map((status) => statusOf(problem(status)))).toEqual([502, 502, 502]);
  });

  it("ends the session only where the token is not believed any more", () => {
    expect(isSessionOver(problem(401))).toBe(true);
    expect(isSessionOver(problem(403))).toBe(false);
    expect(isSessionOver(new Error("something else"))).toBe(false);
  });
});
