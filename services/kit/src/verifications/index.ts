/**
 * `POST /v1/verifications`, the same in every service that offers it.
 *
 * Anybody may ask whether a sealed document is what it claims to be, so the route is public; what is trusted is the
 * deployment's decision and nothing in a request changes it. A bad document is a successful call whose verdict says so.
 */
export { documentBytesMax, verificationRoutes } from "./verification-routes.ts";
export type { VerificationDeps } from "./verification-routes.ts";
export { verificationReport } from "./verification-report.ts";
