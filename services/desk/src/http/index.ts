/**
 * The pages of the desk: plain forms and links, each answered with a whole page, so that everything works without script.
 *
 * A page is a function from a {@link PageContext} and its data to HTML; a handler turns a {@link Visit} into an answer;
 * {@link deskPages} binds handlers to addresses. Every form of a session carries the session's token, and every upload goes
 * through one reader that knows the limits.
 */
import type { ProblemTable } from "@yinxin/service-kit/problems";
import type { Route } from "@yinxin/service-kit/routes";

export { deskPages } from "./pages-router.ts";
export type { DeskPagesDeps } from "./pages-router.ts";
export type { PageContext, RenderedPage } from "./page.tsx";
export { createUploadReader } from "./uploads.ts";
export type { Visit } from "./visit.ts";

/** The desk is for people: it has no JSON of its own. */
export function deskRoutes(): readonly Route[] {
  return [];
}

/** Only the kit's problems, for requests that are refused before they come to a page. */
export const deskProblems: ProblemTable = {};
