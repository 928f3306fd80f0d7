import { describe, expect, it } from "vitest";
import { z } from "zod";

import { kitProblems } from "../problems/index.ts";
import { defineRoute, openApiOf } from "./index.ts";
import type { Route } from "./index.ts";

const routes: Route[] = [
  defineRoute({
    method: "post",
    path: "/v1/seals/:sealId/applications",
    summary: "Apply a seal",
    permission: "seal:apply",
    params: z.strictObject({ sealId: z.string().regex(/^seal_/) }),
    query: z.strictObject({ dry_run: z.stringbool().optional() }),
    body: z.strictObject({ page_index: z.int().min(0), note: z.string().default("none") }),
    reply: { status: 201, schema: z.strictObject({ applied_at: z.iso.datetime() }) },
    handle: () => ({ applied_at: "2026-11-21T02:00:00Z" }),
  }),
  defineRoute({
    method: "get",
    path: "/v1/seals/:sealId/applications",
    summary: "List applications",
    permission: "seal:read",
    params: z.strictObject({ sealId: z.string() }),
    reply: { status: 200, contentType: ["application/pdf", "application/ofd"] },
    handle: () => Uint8Array.of(),
  }),
  defineRoute({
    method: "delete",
    path: "/v1/drafts",
    summary: "Forget drafts",
    permission: "public",
    reply: { status: 204 },
    handle: () => undefined,
  }),
];

const document = openApiOf({
  title: "Yinxin seal",
  version: "0.1.0",
  routes,
  problems: { "seal-not-found": { status: 404, title: { zh: "", en: "" }, hint: { zh: "", en: "" } } },
});

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

describe("the description of a service", () => {
  it("has the members that OpenAPI 3.1 requires (§4.8.1)", () => {
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Yinxin seal", version: "0.1.0" } });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("has every route once, with a summary, an id of its own and answers (§4.8.10)", () => {
    expect(operations.map(({ path, method }) => `${method} ${path}`)).toEqual([
      "post /v1/seals/{sealId}/applications",
      "get /v1/seals/{sealId}/applications",
      "delete /v1/drafts",
    ]);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) {
      expect(operation.summary).not.toBe("");
      expect(operation.operationId).toMatch(/^[A-Za-z0-9_]+$/);
      expect(Object.keys(operation.responses).every((status) => /^([1-5]\d\d|default)$/.test(status))).toBe(
        true,
      );
      for (const response of Object.values(operation.responses)) {
        expect("description" in response || "$ref" in response).toBe(true);
      }
    }
  });

  it("declares every parameter of a path, and as required (§4.8.12.1)", () => {
    for (const { path, operation } of operations) {
      const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), (match) => match[1]);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  it("says what a caller sends and gets: a default may be left out of one and is there in the other", () => {
    expect(paths["/v1/seals/{sealId}/applications"]?.["post"]).toMatchObject({
      parameters: [
        { name: "sealId", in: "path" },
        { name: "dry_run", in: "query", required: false },
      ],
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: { required: ["page_index"], additionalProperties: false } },
        },
      },
      responses: {
        "201": {
          content: {
            "application/json": { schema: { properties: { applied_at: { format: "date-time" } } } },
          },
        },
        default: { $ref: "#/components/responses/Problem" },
      },
    });
  });

  it("names the types of bytes, and nothing for an empty answer", () => {
    expect(paths["/v1/seals/{sealId}/applications"]?.["get"]?.responses["200"]).toEqual({
      description: "Done",
      content: { "application/pdf": {}, "application/ofd": {} },
    });
    expect(paths["/v1/drafts"]?.["delete"]?.responses["204"]).toEqual({ description: "Done" });
  });

  it("asks for a token where the route asks for a permission", () => {
    expect(operations.map(({ operation }) => operation.security)).toEqual([
      [{ access_token: [] }],
      [{ access_token: [] }],
      [],
    ]);
  });

  it("lists every problem code with its status", () => {
    const codes = document["x-problem-codes"] as Record<string, number>;
    expect(codes).toMatchObject({ "seal-not-found": 404, "invalid-request": 400 });
    expect(Object.keys(codes)).toEqual([...Object.keys(kitProblems), "seal-not-found"]);
  });

  it("has no reference that leads nowhere", () => {
    const references = Array.from(
      JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g),
      (match) => match[1] ?? "",
    );
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const target = reference
        .split("/")
        .reduce<unknown>((place, step) => (place as Record<string, unknown> | undefined)?.[step], document);
      expect(target, reference).toBeTypeOf("object");
    }
  });

  it.each<[string, z.ZodType]>([
    ["a body", z.strictObject({ pageIndex: z.int() })],
    ["a list in a body", z.strictObject({ pages: z.array(z.strictObject({ X: z.int() })) })],
  ])("is not made with a name in %s that is not snake_case", (_name, body) => {
    const route = defineRoute({
      method: "post",
      path: "/v1/a",
      summary: "a",
      permission: "public",
      reply: { status: 204 },
      handle: () => undefined,
      body,
    });
    expect(() => openApiOf({ title: "", version: "", routes: [route], problems: {} })).toThrow(/snake_case/);
  });

  it("lets values be in any case", () => {
    const body = z.strictObject({
      verdict: z.enum(["VALID", "properties"]),
      kind: z.literal("Seal").default("Seal"),
    });
    const route = defineRoute({
      method: "post",
      path: "/v1/a",
      summary: "a",
      permission: "public",
      body,
      reply: { status: 204 },
      handle: () => undefined,
    });
    expect(() => openApiOf({ title: "", version: "", routes: [route], problems: {} })).not.toThrow();
  });
});

describe("the description of what officers ask", () => {
  it("says that their signature does what a token does, and alone where no token does it", () => {
    const described = openApiOf({
      title: "",
      version: "",
      routes,
      problems: {},
      officersOnly: new Set(["seal:apply"]),
    });
    expect(described["components"]).toMatchObject({
      securitySchemes: { officer_signature: { in: "header", name: "Signature" } },
    });
    expect(described["paths"]).toMatchObject({
      "/v1/seals/{sealId}/applications": {
        post: { security: [{ officer_signature: [] }] },
        get: { security: [{ access_token: [] }, { officer_signature: [] }] },
      },
      "/v1/drafts": { delete: { security: [] } },
    });
  });
});

describe("a route's definition", () => {
  const rest = { method: "get", summary: "a", reply: { status: 204 }, handle: () => undefined } as const;

  it.each(["v1/a", "/v1/", "/v1//a", "/v1/{a}", "/v1/*", "/v1/:a?", ""])(
    "does not take %j as a path",
    (path) => {
      expect(() => defineRoute({ ...rest, path, permission: "public" })).toThrow(RangeError);
    },
  );

  it.each(["Seal:apply", "seal:", "seal:apply:all", "seal:apply_all"])(
    "does not take %j as a permission",
    (permission) => {
      expect(() => defineRoute({ ...rest, path: "/v1/a", permission: permission as "a:b" })).toThrow(
        RangeError,
      );
    },
  );

  it("says so only of what officers may do, where that is told", () => {
    const described = openApiOf({
      ...{ title: "", version: "", routes, problems: {} },
      officersOnly: new Set(),
      officersToo: new Set(["seal:apply"]),
    });
    expect(described["paths"]).toMatchObject({
      "/v1/seals/{sealId}/applications": {
        post: { security: [{ access_token: [] }, { officer_signature: [] }] },
        get: { security: [{ access_token: [] }] },
      },
    });
  });
});
