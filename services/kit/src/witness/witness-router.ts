import { Router } from "express";
import type { RequestHandler, Response } from "express";

import type { Witness, WitnessAnswer } from "./witness.ts";

/** A note with a hundred signatures and a proof of 63 hashes stay far below. */
const bodyBytesMax = 64 * 1024;

/**
 * `POST /add-checkpoint` as C2SP tlog-witness wants it, text in and text out, and beside it `POST /add-successor`
 * and `GET /witness-successions`. Anybody may
 * call: a signature of a known log is what is asked for. Mount it in the service's application.
 */
export function witnessRouter(witness: Witness): Router {
  const router = Router({ caseSensitive: true });
  router.post(
    "/add-checkpoint",
    answering((body) => witness.addCheckpoint(body)),
  );
  router.post(
    "/add-successor",
    answering((body) => witness.addSuccessor(body)),
  );
  router.get("/witness-successions", async (_request, response) => {
    response.status(200).setHeader("content-type", "application/json");
    response.end(await witness.successions());
  });
  return router;
}

function answering(answer: (body: string) => Promise<WitnessAnswer>): RequestHandler {
  return async (request, response) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > bodyBytesMax) {
        response.setHeader("connection", "close");
        send(response, {
          status: 400,
          body: "the body is too long\n",
          contentType: "text/plain; charset=utf-8",
        });
        return;
      }
      chunks.push(chunk);
    }
    send(response, await answer(Buffer.concat(chunks).toString("utf8")));
  };
}

function send(response: Response, { status, body, contentType }: WitnessAnswer): void {
  response.status(status).setHeader("content-type", contentType);
  response.end(body);
}
