import { parentPort, workerData } from "node:worker_threads";

import { isSignatureRight } from "./signature-verifier.ts";
import { startEngine } from "./start-engine.ts";
import { decodeVerificationBatch } from "./verification-batch.ts";
import type { VerifierData } from "./verification-batch.ts";

// The thread that verifies: batches in, one octet for each signature out, in the order they came.

const { nativeEngine } = workerData as VerifierData;
if (nativeEngine !== undefined) startEngine(nativeEngine);

parentPort?.on("message", (batch: ArrayBuffer) => {
  const requests = decodeVerificationBatch(batch);
  const verdicts = new Uint8Array(requests.length);
  for (const [place, request] of requests.entries()) verdicts[place] = isSignatureRight(request) ? 1 : 0;
  parentPort?.postMessage(verdicts, [verdicts.buffer]);
});
