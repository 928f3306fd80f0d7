/**
 * HTTP, once for all services.
 *
 * A service is a list of {@link defineRoute} definitions. Each says method, path, permission, and the schemas of what comes
 * in and goes out; {@link createServiceApp} makes an express application of them and {@link openApiOf} its description. A
 * request passes the host check, says who calls, is allowed or not, and only then is its body read, within a limit, and
 * parsed; what the operation answers must fit the reply's schema, or it is our fault and a 500.
 */
export { defineRoute } from "./route.ts";
export type {
  BytesReply,
  EmptyReply,
  FileContent,
  JsonReply,
  Method,
  Permission,
  ReadRecord,
  RecordRead,
  ReplyValue,
  Route,
  RouteDefinition,
  RouteInput,
} from "./route.ts";
export { bodyLimitBytesDefault } from "./body-limits.ts";
export { createServiceApp } from "./service-app.ts";
export type { ServiceAppOptions } from "./service-app.ts";
export { requestContextOf } from "./request-context.ts";
export type { RequestContext } from "./request-context.ts";
export { contentSecurityPolicyText, pageContentSecurityPolicy } from "./security-headers.ts";
export type { ContentSecurityPolicy } from "./security-headers.ts";
export { openApiOf } from "./openapi.ts";
export type { OpenApiDocument, OpenApiSubject } from "./openapi.ts";
