import { createServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";

import { isRefusal } from "@yinxin/service-kit/problems";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { cleanFileName, createUploadReader, uploadBytesMax } from "./uploads.ts";
import type { Upload } from "./uploads.ts";

type Outcome = Upload | { readonly code: string };

let close: () => void;
let port: number;
let outcomes: Promise<Outcome>[];

beforeEach(async () => {
  const reader = createUploadReader();
  outcomes = [];
  const server = createServer((request, response) => {
    const outcome = reader.read(request).catch((cause: unknown) => {
      if (isRefusal(cause)) return { code: cause.code };
      throw cause;
    });
    outcomes.push(outcome);
    void outcome.then(() => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  close = () => {
    server.close();
    server.closeAllConnections();
  };
});

afterEach(() => {
  close();
});

async function send(body: FormData | string, contentType?: string): Promise<Outcome> {
  await fetch(`http://127.0.0.1:${String(port)}/`, {
    method: "POST",
    body,
    ...(contentType !== undefined && { headers: { "content-type": contentType } }),
  });
  return (await outcomes[0]) ?? { code: "never arrived" };
}

function formOf(
  fields: readonly (readonly [string, string])[],
  files: readonly (readonly [string, string, Uint8Array])[] = [],
): FormData {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  for (const [field, name, content] of files) form.append(field, new Blob([Uint8Array.from(content)]), name);
  return form;
}

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

describe("a form with a file", () => {
  it("is read into its fields and its file, whose name may be Chinese", async () => {
    const upload = await send(
      formOf(
        [
          ["page", "1"],
          ["reason", "批复〔2026〕18号"],
        ],
        [["file", "关于𠮷·的批复.pdf", bytes(3)]],
      ),
    );
    expect(upload).toEqual({
      fields: new Map([
        ["page", "1"],
        ["reason", "批复〔2026〕18号"],
      ]),
      file: { name: "关于𠮷·的批复.pdf", content: bytes(3) },
      isTooLarge: false,
    });
  });

  it("has no file if nobody chose one, or an empty one", async () => {
    expect(await send(formOf([["page", "1"]], [["file", "", bytes(0)]]))).toMatchObject({ file: undefined });
  });

  it("may have a file of exactly the limit, and not a byte more", async () => {
    const exact = (await send(formOf([], [["file", "a.pdf", bytes(uploadBytesMax)]]))) as Upload;
    expect(exact.file?.content).toHaveLength(uploadBytesMax);
    outcomes = [];
    const more = await send(formOf([], [["file", "a.pdf", bytes(uploadBytesMax + 1)]]));
    expect(more).toMatchObject({ file: undefined, isTooLarge: true });
  });

  it.each<[string, FormData | string, string?]>([
    [
      "two files",
      formOf(
        [],
        [
          ["file", "a", bytes(1)],
          ["file", "b", bytes(1)],
        ],
      ),
    ],
    ["a file in another field", formOf([], [["other", "a", bytes(1)]])],
    [
      "a field twice",
      formOf([
        ["page", "1"],
        ["page", "2"],
      ]),
    ],
    ["a field that is too long", formOf([["reason", "x".repeat(5000)]])],
    ["too many fields", formOf(Array.from({ length: 13 }, (_, index) => [`f${String(index)}`, ""] as const))],
    ["another type", "page=1", "application/x-www-form-urlencoded"],
    ["no boundary", "x", "multipart/form-data"],
    [
      "no end",
      '--b\r\nContent-Disposition: form-data; name="page"\r\n\r\n1',
      "multipart/form-data; boundary=b",
    ],
  ])("is refused with %s", async (_what, body, contentType) => {
    expect(await send(body, contentType)).toEqual({ code: "upload-malformed" });
  });

  it("is refused if the connection ends in the middle", async () => {
    const call = sendRequest({
      port,
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=b", "content-length": "9999" },
    });
    call.on("error", () => undefined);
    call.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF');
    await expect.poll(() => outcomes.length).toBe(1);
    call.destroy();
    expect(await outcomes[0]).toEqual({ code: "upload-malformed" });
  });

  it("waits for its turn when many are being read: the ninth is told to come back", async () => {
    const calls = Array.from({ length: 9 }, () => {
      const call = sendRequest({
        port,
        method: "POST",
        headers: { "content-type": "multipart/form-data; boundary=b", "content-length": "9999" },
      });
      call.on("error", () => undefined);
      call.write("--b\r\n");
      return call;
    });
    await expect.poll(() => outcomes.length).toBe(9);
    expect(await Promise.race(outcomes)).toEqual({ code: "desk-busy" });
    for (const call of calls) call.destroy();
    await Promise.all(outcomes);
    outcomes = [];
    expect(await send(formOf([["page", "1"]]))).toMatchObject({ isTooLarge: false });
  });
});

describe("a file's name", () => {
  it.each([
    ["C:\\fakepath\\批复.pdf", "批复.pdf"],
    ["../../etc/passwd", "passwd"],
    ["a\u0000b\u202Egnp.pdf", "abgnp.pdf"],
    ["..", "file"],
    ["", "file"],
    ["  a.ofd ", "a.ofd"],
  ])("%j becomes %j", (sent, clean) => {
    expect(cleanFileName(sent)).toBe(clean);
  });

  it("is cut to a length that others take, with its ending", () => {
    const clean = cleanFileName(`${"批".repeat(300)}.pdf`);
    expect(Array.from(clean)).toHaveLength(120);
    expect(clean).toMatch(/批\.pdf$/);
  });
});
