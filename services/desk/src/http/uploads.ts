import type { IncomingMessage } from "node:http";

import { Busboy } from "@fastify/busboy";
import type { BusboyFileStream, BusboyInstance } from "@fastify/busboy";
import { refuse } from "@yinxin/service-kit/problems";

import type { UploadedFile } from "../domain/stamp-form.ts";

/** Official documents with scans; the seal service takes no larger ones either. */
export const uploadMegabytesMax = 20;
export const uploadBytesMax = uploadMegabytesMax * 1024 * 1024;
/** Each upload is held in memory, three times over while it goes on in base64. */
const uploadsAtOnceMax = 8;

/** What is too large is read to its end and dropped, so that the browser shows our answer; but not more than this. */
const discardedBytesMax = 5 * uploadBytesMax;

/** A form has a handful of short fields and one file. */
const limits = {
  fieldNameSize: 64,
  fieldSize: 4 * 1024,
  fields: 12,
  files: 1,
  parts: 14,
  headerPairs: 20,
  headerSize: 8 * 1024,
  // One more than allowed, so that a file of exactly the limit is not taken for one that was cut.
  fileSize: uploadBytesMax + 1,
};

/** What a form brought. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  /** Absent if nobody chose one: browsers then send an empty part. */
  readonly file: UploadedFile | undefined;
  /** The file was longer than {@link uploadBytesMax}; nothing of it was kept. */
  readonly isTooLarge: boolean;
}

/** Reads a form with a file (RFC 7578). */
export interface UploadReader {
  /** @throws Refusal `upload-malformed` for anything but one good form; `desk-busy` if too many are being read. */
  read(request: IncomingMessage): Promise<Upload>;
}

/** One reader for all pages, since what it limits is the memory of the process. */
export function createUploadReader(): UploadReader {
  let inProgress = 0;
  return {
    read: async (request) => {
      if (inProgress >= uploadsAtOnceMax)
        throw refuse("desk-busy", "Too many files are being uploaded at this moment.");
      inProgress += 1;
      try {
        return await readForm(request);
      } finally {
        inProgress -= 1;
      }
    },
  };
}

function readForm(request: IncomingMessage): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const malformed = (cause?: unknown): void => {
      request.unpipe();
      request.resume();
      reject(refuse("upload-malformed", "This is not one whole form with a file.", { cause }));
    };
    if (Number(request.headers["content-length"] ?? 0) > discardedBytesMax) {
      resolve({ fields: new Map(), file: undefined, isTooLarge: true });
      return;
    }
    const contentType = request.headers["content-type"] ?? "";
    if (!/^multipart\/form-data;/i.test(contentType)) {
      malformed();
      return;
    }
    const parser = new Busboy({ headers: { ...request.headers, "content-type": contentType }, limits });
    const form = collect(parser, malformed);
    parser.on("error", malformed);
    for (const limit of ["partsLimit", "filesLimit", "fieldsLimit"]) {
      parser.on(limit, () => {
        malformed();
      });
    }
    // Without this, a connection that ends in the middle would leave the promise open for ever.
    request.on("close", () => {
      if (!request.complete) malformed();
    });
    parser.on("finish", () => {
      resolve(form());
    });
    request.pipe(parser);
  });
}

function collect(parser: BusboyInstance, malformed: () => void): () => Upload {
  const fields = new Map<string, string>();
  const chunks: Uint8Array[] = [];
  let name: string | undefined;
  let size = 0;
  parser.on("field", (field, value, isNameCut, isValueCut) => {
    if (isNameCut || isValueCut || fields.has(field)) malformed();
    fields.set(field, value);
  });
  parser.on("file", (field: string, stream: BusboyFileStream, fileName: string) => {
    if (field !== "file") malformed();
    name = fileName;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What is beyond the limit is read and dropped: a browser shows our answer only after it has sent everything.
      if (size > uploadBytesMax) chunks.length = 0;
      else chunks.push(chunk);
    });
  });
  return () => {
    const isTooLarge = size > uploadBytesMax;
    const isChosen = name !== undefined && name !== "" && size > 0 && !isTooLarge;
    const file = isChosen ? { name: cleanFileName(name ?? ""), content: joined(chunks) } : undefined;
    return { fields, file, isTooLarge };
  };
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

const fileNameLengthMax = 120;

/** A name without path and control characters, short, with its ending. Old browsers send the whole path. */
export function cleanFileName(sent: string): string {
  const last = sent.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const clean = last.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim();
  const characters = Array.from(clean === "" || /^\.+$/.test(clean) ? "file" : clean);
  if (characters.length <= fileNameLengthMax) return characters.join("");
  const ending = /\.[A-Za-z0-9]{1,5}$/.exec(clean)?.[0] ?? "";
  return characters.slice(0, fileNameLengthMax - ending.length).join("") + ending;
}
