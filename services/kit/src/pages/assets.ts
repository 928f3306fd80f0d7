import type { RequestHandler } from "express";

import { stylesheet, stylesheetPath } from "./stylesheet.ts";

/** Answers the stylesheet under the name that changes with it, and passes everything else on. */
export function pageAssets(): RequestHandler {
  return (request, response, next) => {
    if (request.path !== stylesheetPath || (request.method !== "GET" && request.method !== "HEAD")) {
      next();
      return;
    }
    response.set({
      "content-type": "text/css; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    });
    response.end(stylesheet);
  };
}
