import { deflateSync } from "node:zlib";

import { bytesOfLatin1, concatBytes } from "../src/bytes/index.ts";

/** A small PDF for tests: object bodies by number, written plainly. */
export interface PdfParts {
  readonly objects: Readonly<Record<number, string>>;
  readonly xref: "table" | "stream" | "object-streams";
  /** Further entries of the trailer, as written. */
  readonly trailer?: string;
}

/** Puts the parts together. In an `object-streams` file everything that may be compressed is. The catalog is object 1. */
export function assemblePdf({ objects, xref, trailer = "" }: PdfParts): Uint8Array {
  const numbers = Object.keys(objects).map(Number);
  const entries = `/Root 1 0 R ${trailer}`;
  let file = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
  const rows = new Map<number, [type: number, second: number, third: number]>([[0, [0, 0, 65535]]]);
  const add = (number: number, body: string): void => {
    rows.set(number, [1, file.length, 0]);
    file += `${String(number)} 0 obj\n${body}\nendobj\n`;
  };
  const isCompressed = (number: number): boolean =>
    xref === "object-streams" && objects[number]?.includes("stream") === false;
  for (const number of numbers) if (!isCompressed(number)) add(number, objects[number] ?? "");
  let next = Math.max(...numbers) + 1;
  const members = numbers.filter(isCompressed);
  if (members.length > 0) {
    const holder = next++;
    add(holder, objectStream(members.map((number) => [number, objects[number] ?? ""])));
    members.forEach((number, index) => rows.set(number, [2, holder, index]));
  }
  const start = file.length;
  if (xref === "table") {
    const lines = Array.from({ length: next }, (_, number) => {
      const [type, offset] = rows.get(number) ?? [0, 0];
      return type === 1 ? `${String(offset).padStart(10, "0")} 00000 n \n` : "0000000000 65535 f \n";
    });
    file += `xref\n0 ${String(next)}\n${lines.join("")}trailer\n<< /Size ${String(next)} ${entries} >>\n`;
  } else {
    rows.set(next, [1, start, 0]);
    const data = concatBytes(
      ...Array.from({ length: next + 1 }, (_, number) => xrefRow(rows.get(number) ?? [0, 0, 65535])),
    );
    file += `${String(next)} 0 obj\n${predictedStream(`/Type /XRef /W [1 4 2] /Size ${String(next + 1)} ${entries}`, data, 7)}\nendobj\n`;
  }
  return bytesOfLatin1(`${file}startxref\n${String(start)}\n%%EOF\n`);
}

function xrefRow([type, second, third]: [number, number, number]): Uint8Array {
  const row = new Uint8Array(7);
  const view = new DataView(row.buffer);
  view.setUint8(0, type);
  view.setUint32(1, second);
  view.setUint16(5, third);
  return row;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** FlateDecode with the PNG "up" predictor, as most producers write cross-reference streams. */
function predictedStream(entries: string, data: Uint8Array, columns: number): string {
  const rows: number[] = [];
  for (let at = 0; at < data.length; at += columns) {
    rows.push(2);
    for (let index = at; index < at + columns; index += 1) {
      rows.push(((data[index] ?? 0) - (data[index - columns] ?? 0)) & 0xff);
    }
  }
  const packed = deflateSync(Uint8Array.from(rows));
  const parameters = `/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns ${String(columns)} >>`;
  return `<< ${entries} ${parameters} /Length ${String(packed.length)} >>\nstream\n${latin1(packed)}\nendstream`;
}

function objectStream(members: readonly (readonly [number, string])[]): string {
  let bodies = "";
  const head = members.map(([number, body]) => {
    const offset = bodies.length;
    bodies += `${body}\n`;
    return `${String(number)} ${String(offset)}`;
  });
  const first = `${head.join(" ")}\n`;
  const packed = deflateSync(bytesOfLatin1(first + bodies));
  const entries = `/Type /ObjStm /N ${String(members.length)} /First ${String(first.length)} /Filter /FlateDecode`;
  return `<< ${entries} /Length ${String(packed.length)} >>\nstream\n${latin1(packed)}\nendstream`;
}

export interface OnePage {
  readonly xref?: PdfParts["xref"];
  /** Entries of the page, e.g. `/Rotate 90`; a MediaBox of 200 by 100 unless this has one. */
  readonly page?: string;
  /** Entries of the catalog. */
  readonly catalog?: string;
  /** Further objects, numbered from 5. */
  readonly objects?: Readonly<Record<number, string>>;
  readonly trailer?: string;
}

/** One page with a grey rectangle. Objects: 1 catalog, 2 page tree, 3 page, 4 content. */
export function onePagePdf({
  xref = "table",
  page = "",
  catalog = "",
  objects = {},
  trailer = "",
}: OnePage = {}): Uint8Array {
  const mediaBox = page.includes("/MediaBox") ? "" : "/MediaBox [0 0 200 100]";
  const content = "0.9 g 10 10 50 20 re f";
  return assemblePdf({
    xref,
    trailer,
    objects: {
      1: `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
      2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      3: `<< /Type /Page /Parent 2 0 R ${mediaBox} /Resources << >> /Contents 4 0 R ${page} >>`,
      4: `<< /Length ${String(content.length)} >>\nstream\n${content}\nendstream`,
      ...objects,
    },
  });
}

/** Appends a cross-reference stream that lists this many free objects, which takes next to no room. */
export function appendFreeEntries(pdf: Uint8Array, count: number): Uint8Array {
  const old = latin1(pdf);
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(old)?.[1] ?? "0";
  const packed = latin1(deflateSync(new Uint8Array(count * 4)));
  const rows = `/W [1 2 1] /Index [1000 ${String(count)}] /Size ${String(count + 1000)} /Filter /FlateDecode`;
  const entries = `/Type /XRef ${rows} /Prev ${previous} /Root 1 0 R /Length ${String(packed.length)}`;
  const section = `999 0 obj\n<< ${entries} >>\nstream\n${packed}\nendstream\nendobj\n`;
  return bytesOfLatin1(`${old}${section}startxref\n${String(old.length)}\n%%EOF\n`);
}

/** Appends an incremental update with a cross-reference table, as an editor or an attacker would. */
export function appendUpdate(
  pdf: Uint8Array,
  objects: Readonly<Record<number, string>>,
  options: { readonly root?: string; readonly size?: number; readonly generation?: number } = {},
): Uint8Array {
  const { root = "1 0 R", size = 1000, generation = 0 } = options;
  const old = latin1(pdf);
  const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(old)?.[1] ?? "0";
  let file = old;
  let table = "";
  for (const [number, body] of Object.entries(objects)) {
    table += `${number} 1\n${String(file.length).padStart(10, "0")} ${String(generation).padStart(5, "0")} n \n`;
    file += `${number} ${String(generation)} obj\n${body}\nendobj\n`;
  }
  const trailer = `<< /Size ${String(size)} /Root ${root} /Prev ${previous} >>`;
  return bytesOfLatin1(
    `${file}xref\n${table}trailer\n${trailer}\nstartxref\n${String(file.length)}\n%%EOF\n`,
  );
}
