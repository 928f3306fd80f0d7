import { encodeAddCheckpoint } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";

import { z } from "zod";

import { boundedFetch, FetchFailure, jsonOf } from "../auth/bounded-fetch.ts";
import type { Fetch } from "../auth/index.ts";
import { witnessSuccessionsMax } from "./witness-successions.ts";

/** What became of asking one witness. */
export type WitnessResult =
  | { readonly result: "cosigned"; readonly lines: readonly string[] }
  /** The witness has another size than the log believed; asked again with a proof from there, it may agree. */
  | { readonly result: "conflict"; readonly size: number }
  /** It has seen another history, or does not know this log or its key: trying again does not help. */
  | { readonly result: "refused"; readonly status: number; readonly detail: string }
  | { readonly result: "unreachable"; readonly detail: string };

/** One witness of a log, somewhere else. */
export interface WitnessClient {
  /** The key that it cosigns with. */
  readonly key: NoteKey;
  readonly name: string;
  /** Sends a checkpoint with the proof from what the witness is believed to have. Never rejects. */
  addCheckpoint(request: {
    readonly oldSize: number;
    readonly proof: readonly Uint8Array[];
    readonly note: string;
  }): Promise<WitnessResult>;
  /** Shows it that the log has a new key (`encodeSuccession`); whether it knows the key now. Never rejects. */
  addSuccessor(proof: string): Promise<boolean>;
  /** The notes by which the witness's keys follow each other, not yet verified; none if it does not answer. Never rejects. */
  successions(): Promise<readonly string[]>;
}

export interface WitnessClientOptions {
  /** The witness's submission prefix (C2SP tlog-witness), without a slash at the end. */
  readonly url: string;
  readonly key: NoteKey;
  readonly fetch: Fetch;
  /** {@link witnessTimeoutMilliseconds} if absent. */
  readonly timeoutMilliseconds?: number;
}

/** A witness only hashes, stores and signs; while one is slow, checkpoints wait for it. */
export const witnessTimeoutMilliseconds = 2000;

/** Some cosignature lines, or a sentence about why not. */
const responseBytesMax = 16 * 1024;
/** A hundred notes of two keys and two signatures. */
const successionBytesMax = 128 * 1024;
const successionsSchema = z.object({ notes: z.array(z.string().max(4096)).max(witnessSuccessionsMax) });
const detailCharactersMax = 200;
/** Beyond it is no tree (2^48 leaves), and a claim of one no evidence. */
const treeSizeMax = 2 ** 48;

/** A client of one witness's `add-checkpoint` (C2SP tlog-witness). */
export function createWitnessClient({
  url,
  key,
  fetch,
  timeoutMilliseconds = witnessTimeoutMilliseconds,
}: WitnessClientOptions): WitnessClient {
  const post = async (path: string, body: string): Promise<{ status: number; text: string }> => {
    const response = await boundedFetch(fetch, {
      url: `${url}${path}`,
      method: "POST",
      headers: { "content-type": "text/plain; charset=utf-8" },
      body,
      timeoutMilliseconds,
      responseBytesMax,
    });
    return { status: response.status, text: Buffer.from(response.body).toString() };
  };
  return {
    key,
    name: key.name,
    addCheckpoint: async (request) => {
      try {
        const { status, text } = await post("/add-checkpoint", encodeAddCheckpoint(request));
        return resultOf(status, text);
      } catch (cause) {
        if (cause instanceof FetchFailure) return { result: "unreachable", detail: cause.message };
        throw cause;
      }
    },
    addSuccessor: async (proof) => {
      try {
        return (await post("/add-successor", proof)).status === 200;
      } catch (cause) {
        if (cause instanceof FetchFailure) return false;
        throw cause;
      }
    },
    successions: async () => {
      try {
        const response = await boundedFetch(fetch, {
          url: `${url}/witness-successions`,
          method: "GET",
          headers: { accept: "application/json" },
          timeoutMilliseconds,
          responseBytesMax: successionBytesMax,
        });
        const parsed = successionsSchema.safeParse(jsonOf(response));
        return parsed.success ? parsed.data.notes : [];
      } catch (cause) {
        if (cause instanceof FetchFailure) return [];
        throw cause;
      }
    },
  };
}

function resultOf(status: number, text: string): WitnessResult {
  if (status === 200)
    return { result: "cosigned", lines: text.split(/(?<=\n)/).filter((line) => line !== "") };
  const size = Number(text.trim());
  if (status === 409 && /^\d{1,15}\n?$/.test(text) && size <= treeSizeMax)
    return { result: "conflict", size };
  if (status >= 500 || status === 429) return { result: "unreachable", detail: `status ${String(status)}` };
  const detail = text.replaceAll(/[^\P{Cc}]/gu, " ").slice(0, detailCharactersMax);
  return { result: "refused", status, detail };
}
