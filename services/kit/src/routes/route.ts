import type { z } from "zod";

import type { Caller } from "../auth/index.ts";
import type { Language } from "../problems/index.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** A noun and a verb in kebab-case: `seal:apply`, `key:rotate`. */
export type Permission = `${string}:${string}`;

/** JSON that fits the schema; what does not fit never leaves. */
export interface JsonReply<Schema extends z.ZodType = z.ZodType> {
  readonly status: number;
  readonly schema: Schema;
}

/** Bytes of one of these types. */
export interface BytesReply {
  readonly status: number;
  readonly contentType: string | readonly string[];
}

/** Nothing but the status. */
export interface EmptyReply {
  readonly status: 202 | 204;
}

export type Reply = JsonReply | BytesReply | EmptyReply;

/** Bytes for a person to keep. Without `contentType` it is the first that the route names. */
export interface FileContent {
  readonly content: Uint8Array;
  readonly contentType?: string;
  /** Offered as the name under which to save; may be Chinese. */
  readonly fileName?: string;
}

/** What `handle` gives for a reply of this kind. */
export type ReplyValue<R extends Reply> = R extends { readonly schema: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : R extends { readonly contentType: unknown }
    ? Uint8Array | FileContent
    : undefined;

type Parsed<Schema extends z.ZodType | undefined> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler gets: everything parsed, and the caller, who has the permission. */
export interface RouteInput<
  Access extends Permission | "public",
  Params extends z.ZodType | undefined,
  Query extends z.ZodType | undefined,
  Body extends z.ZodType | undefined,
> {
  readonly params: Parsed<Params>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
  /** Undefined on a public route: a token sent there is not looked at. */
  readonly caller: Access extends "public" ? undefined : Caller;
  readonly requestId: string;
  readonly language: Language;
}

export interface RouteDefinition<
  Access extends Permission | "public",
  R extends Reply,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
> {
  readonly method: Method;
  /** `/v1/seals/:sealId` */
  readonly path: string;
  /** One line for the interface description. */
  readonly summary: string;
  /** Required: `"public"` is a decision. */
  readonly permission: Access;
  /** Strict object of the path's parameters. */
  readonly params?: Params;
  /** Strict object of texts, or lists of texts where a parameter may repeat. Without it no query is taken. */
  readonly query?: Query;
  /** Strict object; JSON names in snake_case. Without it the body is not read. */
  readonly body?: Body;
  /** {@link bodyLimitBytesDefault} if absent. */
  readonly bodyLimitBytes?: number;
  readonly reply: R;
  /**
   * What record about somebody the request reads, e.g. `lic_…`. Who read it stands in the audit log before the reply leaves,
   * so "who looked at this" has an answer. Only where the caller is known; undefined: this request reads none.
   */
  readonly reads?: Access extends "public"
    ? never
    : (input: RouteInput<Access, Params, Query, Body>) => string | undefined;
  readonly handle: (
    input: RouteInput<Access, Params, Query, Body>,
  ) => Promise<ReplyValue<NoInfer<R>>> | ReplyValue<NoInfer<R>>;
}

/** A defined route; its types were checked where it was defined. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission | "public";
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  readonly bodyLimitBytes: number | undefined;
  readonly reply: Reply;
  readonly reads: ((input: ParsedInput) => string | undefined) | undefined;
  readonly handle: (input: ParsedInput) => Promise<unknown>;
}

/** One reading of a record, as {@link RouteDefinition.reads} tells it. */
export interface ReadRecord {
  readonly subject: string;
  readonly caller: Caller;
  /** `GET /v1/licenses/:licenseId` */
  readonly route: string;
  readonly requestId: string;
}

/** Remembers a reading; the reply waits for it, and is not sent if it fails. */
export type RecordRead = (read: ReadRecord) => Promise<void>;

/** {@link RouteInput} where the schemas' types are no longer known. */
export interface ParsedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  readonly language: Language;
}

/**
 * One route of a service: the only place where its path, permission and forms are written down.
 *
 * @throws RangeError for a path or permission that is not in the suite's form.
 */
export function defineRoute<
  const Access extends Permission | "public",
  const R extends Reply,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<Access, R, Params, Query, Body>): Route {
  const { method, path, summary, permission, reply, bodyLimitBytes } = definition;
  if (!/^(\/:?[A-Za-z0-9._-]+)+$/.test(path)) throw new RangeError(`not a path of a route: ${path}`);
  if (permission !== "public" && !/^[a-z]+(-[a-z]+)*:[a-z]+(-[a-z]+)*$/.test(permission)) {
    throw new RangeError(`not a permission: ${permission}`);
  }
  return {
    method,
    path,
    summary,
    permission,
    params: definition.params,
    query: definition.query,
    body: definition.body,
    bodyLimitBytes,
    reply,
    reads: definition.reads as ((input: ParsedInput) => string | undefined) | undefined,
    // The application parses with these very schemas before it calls, so the types hold.
    handle: async (input) => await definition.handle(input as RouteInput<Access, Params, Query, Body>),
  };
}
