import { z } from "zod";

import { kitProblems, problemSchema } from "../problems/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import type { Reply, Route } from "./route.ts";

/** An OpenAPI 3.1 document, as plain JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

export interface OpenApiSubject {
  readonly title: string;
  readonly version: string;
  readonly routes: readonly Route[];
  /** The service's own problem table; the kit's is added. */
  readonly problems: ProblemTable;
  /** Where officers sign their requests: the permissions that no token has. */
  readonly officersOnly?: ReadonlySet<string>;
  /** What officers may do with their signature; everything that is not public if absent. */
  readonly officersToo?: ReadonlySet<string>;
}

/**
 * The description of a service, made of its routes and nothing else: the same routes give the same document.
 *
 * @throws RangeError for a name on the wire that is not in snake_case; Error for a schema that JSON Schema cannot express.
 */
export function openApiOf({
  title,
  version,
  routes,
  problems,
  officersOnly,
  officersToo,
}: OpenApiSubject): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z0-9_]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operationOf(route, { officersOnly, officersToo }) };
  }
  const codes = Object.entries<{ status: number }>({ ...kitProblems, ...problems });
  return {
    openapi: "3.1.0",
    info: { title, version },
    paths,
    components: {
      securitySchemes: {
        access_token: accessToken,
        ...(officersOnly && { officer_signature: officerSignature }),
      },
      schemas: { Problem: schemaOf(problemSchema, "output") },
      responses: {
        Problem: {
          description: "RFC 9457 problem; `code` is stable",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
    "x-problem-codes": Object.fromEntries(codes.map(([code, { status }]) => [code, status])),
  };
}

const accessToken = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "RFC 9068 access token",
};
// OpenAPI 3.1 §4.8.27 has no type for signed requests; this one says at least which header there must be.
const officerSignature = {
  type: "apiKey",
  in: "header",
  name: "Signature",
  description: "RFC 9421 signature with an officer's key, with Signature-Input and Content-Digest",
};

interface OfficerPermissions {
  readonly officersOnly: ReadonlySet<string> | undefined;
  readonly officersToo: ReadonlySet<string> | undefined;
}

function securityOf({ permission }: Route, { officersOnly, officersToo }: OfficerPermissions): object[] {
  if (permission === "public") return [];
  const isOfOfficers = officersOnly !== undefined && officersToo?.has(permission) !== false;
  return [
    ...(officersOnly?.has(permission) === true ? [] : [{ access_token: [] }]),
    ...(isOfOfficers ? [{ officer_signature: [] }] : []),
  ];
}

function operationOf(route: Route, officers: OfficerPermissions): Record<string, unknown> {
  const { summary, permission, body, reply } = route;
  const parameters = [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query")];
  return {
    operationId: operationIdOf(route),
    summary,
    "x-permission": permission,
    security: securityOf(route, officers),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: wireSchemaOf(body, "input") } },
      },
    }),
    responses: {
      [String(reply.status)]: responseOf(reply),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function operationIdOf({ method, path }: Route): string {
  return [method, ...path.split("/").map((part) => part.replaceAll(/[^A-Za-z0-9]/g, "_"))]
    .filter((part) => part !== "")
    .join("_");
}

function responseOf(reply: Reply): Record<string, unknown> {
  if ("schema" in reply) {
    return {
      description: "Done",
      content: { "application/json": { schema: wireSchemaOf(reply.schema, "output") } },
    };
  }
  if (!("contentType" in reply)) return { description: "Done" };
  // OpenAPI 3.1 §4.8.14.3: bytes as they are have no schema.
  return {
    description: "Done",
    content: Object.fromEntries([reply.contentType].flat().map((contentType) => [contentType, {}])),
  };
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): Record<string, unknown>[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input");
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): z.core.JSONSchema.BaseSchema {
  // The dialect is OpenAPI 3.1's own default, so it is not said again in every schema.
  const described = z.toJSONSchema(schema, { target: "draft-2020-12", io });
  delete described.$schema;
  return described;
}

function wireSchemaOf(schema: z.ZodType, io: "input" | "output"): z.core.JSONSchema.BaseSchema {
  const described = schemaOf(schema, io);
  checkNames(described);
  return described;
}

/** Under these stand values of the caller's, not schemas. */
const valueKeywords = new Set(["enum", "const", "default", "examples"]);

/** Names of members are snake_case on every wire of the suite; here is where one that is not is noticed. */
function checkNames(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "properties") checkMemberNames(value as object);
    else if (!valueKeywords.has(keyword)) checkNames(value);
  }
}

function checkMemberNames(properties: object): void {
  const wrong = Object.keys(properties).find((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name));
  if (wrong !== undefined) throw new RangeError(`not in snake_case on the wire: ${wrong}`);
  Object.values(properties).forEach(checkNames);
}
