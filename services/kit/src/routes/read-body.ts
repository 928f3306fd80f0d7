import type { Request } from "express";

import { refuse } from "../problems/index.ts";
import { bodyLimitBytesDefault } from "./body-limits.ts";
import { hasLittleStructure } from "./json-structure.ts";
import { hasWholeCharacters } from "./whole-characters.ts";
import { isDeeperThan } from "../wire/json-depth.ts";

/** What one request holds of its service's room for bodies. */
export interface HeldBody {
  /** Whether there is room for so many bytes more; if so they are held. */
  add(bytes: number): boolean;
  /** Gives back what this request holds. */
  release(): void;
}

/** The room of one service, in bytes; each request opens its own part of it. */
export function createBodyRoom(bytesMax: number): { readonly open: () => HeldBody } {
  let held = 0;
  return {
    open: () => {
      let mine = 0;
      return {
        add: (bytes) => {
          if (held + bytes > bytesMax) return false;
          held += bytes;
          mine += bytes;
          return true;
        },
        release: () => {
          held -= mine;
          mine = 0;
        },
      };
    },
  };
}

/**
 * The body as it came, read only up to the limit, and held in `room` if it can be larger than plain fields are.
 *
 * @throws Refusal `payload-too-large`, or `too-busy` while there is no room.
 */
export async function readBody(request: Request, limitBytes: number, room: HeldBody): Promise<Uint8Array> {
  // A length that is announced is believed, so that nothing of an oversized body has to be read.
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  return await readBytes(request, limitBytes, room);
}

/**
 * The body as parsed JSON.
 *
 * @param read gives the body; called only if the headers say that it is JSON.
 * @throws Refusal `unsupported-media-type`, or `invalid-request` for what is not JSON in UTF-8, or is large by anything
 *   else than long texts. What `read` throws passes through.
 */
export async function readJsonBody(request: Request, read: () => Promise<Uint8Array>): Promise<unknown> {
  checkContentType(request);
  const bytes = await read();
  if (bytes.length > bodyLimitBytesDefault && !hasLittleStructure(bytes)) throw tooManyMembers();
  try {
    if (isDeeperThan(bytes, bodyDepthMax)) throw new SyntaxError("nested too deep");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!hasWholeCharacters(value, text)) throw new SyntaxError("a text has half a character, or NUL");
    return value;
  } catch (cause) {
    // SyntaxError of JSON, TypeError of UTF-8. Neither message goes out: both can repeat what was sent.
    throw refuse(
      "invalid-request",
      { zh: "请求内容不是 UTF-8 编码的 JSON。", en: "The request body is not JSON in UTF-8." },
      { cause },
    );
  }
}

/** Twice what any request needs: a policy in a change is six deep. */
const bodyDepthMax = 32;

function checkContentType(request: Request): void {
  const [type = "", ...parameters] = (request.headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim());
  const isUtf8 = parameters.every(
    (parameter) => !/^charset=/i.test(parameter) || /^charset="?utf-8"?$/i.test(parameter),
  );
  const isPlain = (request.headers["content-encoding"] ?? "identity").toLowerCase() === "identity";
  if (type.toLowerCase() === "application/json" && isUtf8 && isPlain) return;
  throw refuse("unsupported-media-type", {
    zh: "请求内容须为 application/json，UTF-8 编码，不压缩。",
    en: "The request body must be application/json in UTF-8, not compressed.",
  });
}

async function readBytes(request: Request, limitBytes: number, room: HeldBody): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stayingOpen(request)) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(limitBytes);
    if (limitBytes > bodyLimitBytesDefault && !room.add(chunk.length)) throw tooBusy();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Iterates without destroying the request at an early end: the refusal has to be sent on the same socket. */
function stayingOpen(request: Request): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

function tooLarge(limitBytes: number): Error {
  return refuse("payload-too-large", {
    zh: `请求内容超过上限 ${String(limitBytes)} 字节。`,
    en: `The request body is larger than ${String(limitBytes)} bytes.`,
  });
}

function tooBusy(): Error {
  return refuse("too-busy", {
    zh: "正在处理的文件过多，请稍后重试。",
    en: "Too many documents are in the works; try again in a moment.",
  });
}

function tooManyMembers(): Error {
  return refuse("invalid-request", {
    zh: "请求内容的成员过多。",
    en: "The request body has more members than any that fits.",
  });
}
