import type { Clock } from "@yinxin/service-kit/clock";
import type { Language } from "@yinxin/service-kit/problems";

import { resultMinutes } from "../domain/seal.ts";
import type { StampResult } from "../domain/seal.ts";
import { addMinutes } from "../domain/session.ts";
import type { Session } from "../domain/session.ts";
import type { StampRequest } from "../domain/stamp-form.ts";
import type { ResultStore, Seals } from "./ports.ts";
import { newSecret } from "./secrets.ts";

export interface StampDeps {
  readonly seals: Seals;
  readonly results: ResultStore;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * Has a seal put on a file in the name of the session's person, and keeps the result for a few minutes for this session.
 *
 * @returns the result's id.
 * @throws RemoteProblem as the seal service answers; Refusal `service-unreachable`.
 */
export async function stamp(
  deps: StampDeps,
  session: Session,
  language: Language,
  request: StampRequest,
): Promise<string> {
  const sealed = await deps.seals.apply(session.accessToken, language, request);
  const seals = await deps.seals.list(session.accessToken, language);
  const id = newSecret(deps.randomBytes);
  const at = deps.clock.now();
  const result = {
    ...sealed,
    id,
    sessionDigest: session.idDigest,
    sealName: seals.find((seal) => seal.id === request.sealId)?.name ?? request.sealId,
    expiresAt: addMinutes(at, resultMinutes),
  };
  await deps.results.add(result, { personId: session.personId, at });
  return id;
}

/** A result of this very session that has not expired. */
export async function findResult(
  deps: Pick<StampDeps, "results" | "clock">,
  session: Session,
  id: string,
): Promise<StampResult | undefined> {
  const result = await deps.results.find(id);
  const isTheirs = result?.sessionDigest === session.idDigest && result.expiresAt > deps.clock.now();
  return isTheirs ? result : undefined;
}
