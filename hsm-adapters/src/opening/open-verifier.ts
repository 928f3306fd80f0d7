import { existsSync } from "node:fs";

import { createSignatureVerifier, verifierProgram, verifyInProcess } from "../verifier/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";

/**
 * A verifier in threads of its own; in this thread where its program is not JavaScript, as in a checkout that was not built.
 *
 * @param program of the thread, {@link verifierProgram} if absent.
 */
export function openVerifier(program: string = verifierProgram(), workers = 1): SignatureVerifier {
  if (!/\.[cm]?js$/.test(program) || !existsSync(program)) return verifyInProcess;
  return createSignatureVerifier({ program, workers });
}
