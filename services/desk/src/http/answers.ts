import type { Response } from "express";

import type { RenderedPage } from "./page.tsx";

/** What a page's handler gives back. */
export type Answer =
  | { readonly page: RenderedPage; readonly status?: number }
  /** Always with 303: what comes next is fetched with GET (RFC 9110 §15.4.4). */
  | { readonly redirect: string; readonly cookies?: readonly string[] }
  | { readonly file: { readonly name: string; readonly contentType: string; readonly content: Uint8Array } }
  | { readonly picture: Uint8Array };

/** Sends an answer. */
export function sendAnswer(response: Response, answer: Answer): void {
  if ("page" in answer) {
    response
      .status(answer.status ?? 200)
      .set(answer.page.headers)
      .end(answer.page.html);
  } else if ("redirect" in answer) {
    for (const line of answer.cookies ?? []) response.append("set-cookie", line);
    response.status(303).set("location", answer.redirect).end();
  } else if ("file" in answer) {
    // RFC 6266 with the extended form of RFC 8187 for names that are not Latin.
    response.attachment(answer.file.name);
    response.set("content-type", answer.file.contentType);
    response.end(answer.file.content);
  } else {
    response.set("content-type", "image/png").end(answer.picture);
  }
}
