import { hexOf, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { createOfd } from "@yinxin/crypto/ofd";
import { create } from "fontkit";
import type { Font } from "fontkit";

/** fixtures/documents/reply.json. */
interface Reply {
  readonly letterhead: string;
  readonly number: string;
  readonly title: string;
  readonly addressee: string;
  readonly paragraphs: readonly string[];
  readonly agency: string;
  readonly date: string;
}

/** One line of text; positions in millimetres from the top left of the page. */
interface Line {
  readonly text: string;
  readonly left: number;
  readonly baseline: number;
  readonly size: number;
  readonly isRed?: boolean;
  readonly isBold?: boolean;
}

const createdAt = new Date("2026-11-21T01:00:00Z");
const page = { width: 210, height: 297, left: 28, right: 184, top: 37 };
const millimetresOf = (points: number): number => (points * 25.4) / 72;
/** GB/T 9704-2012: 16 pt text, 22 lines on a page. */
const body = { points: 16, size: millimetresOf(16), pitch: millimetresOf(29) };
/** Of the em above the baseline, in the font that is embedded. */
const ascent = 0.88;
const red = "221 0 0";
const namespace = 'xmlns:ofd="http://www.ofdspec.org/2016"';
const head = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * The official reply as an OFD of one A4 page, laid out after GB/T 9704-2012 with the distances of build-pdf-fixture.ts and
 * with its font embedded. The same input gives the same bytes.
 *
 * @param replyJson fixtures/documents/reply.json.
 * @param fontBytes fixtures/fonts/reply-subset.otf, or any font with the characters of the reply.
 */
export function replyOfd(replyJson: Uint8Array, fontBytes: Uint8Array): Uint8Array {
  const reply = JSON.parse(textOfUtf8(replyJson)) as Reply;
  const parts = new Map([
    ["OFD.xml", utf8Of(mainXml(reply, hexOf(digest("SM3", replyJson)).slice(0, 32)))],
    ["Doc_0/Document.xml", utf8Of(documentXml)],
    ["Doc_0/PublicRes.xml", utf8Of(resourcesXml)],
    ["Doc_0/Pages/Page_0/Content.xml", utf8Of(pageXml(reply, openFont(fontBytes)))],
    ["Doc_0/Res/reply-subset.otf", fontBytes],
  ]);
  return createOfd(parts, createdAt);
}

function openFont(bytes: Uint8Array): Font {
  const opened = create(Buffer.from(bytes));
  if ("fonts" in opened) throw new Error("one font, not a collection, is embedded");
  return opened;
}

/** Sets the text from top to bottom. */
function layOut(reply: Reply, font: Font): { readonly lines: readonly Line[]; readonly ruleTop: number } {
  const lines: Line[] = [];
  let top = page.top;
  const add = (
    text: string,
    left: number,
    points: number,
    pitch: number,
    style: Partial<Line> = {},
  ): void => {
    const size = millimetresOf(points);
    lines.push({ text, left, baseline: top + (pitch - size) / 2 + ascent * size, size, ...style });
    top += pitch;
  };
  const addCentred = (text: string, points: number, pitch: number, style?: Partial<Line>): void => {
    const left = (page.left + page.right - widthOf(font, text, millimetresOf(points))) / 2;
    add(text, left, points, pitch, style);
  };
  addCentred(reply.letterhead, 27, millimetresOf(40), { isRed: true, isBold: true });
  top += millimetresOf(22);
  addCentred(reply.number, body.points, body.pitch);
  top += 4;
  const ruleTop = top;
  top += 0.7 + body.pitch;
  // A long title breaks where it is spoken: before 关于.
  for (const line of reply.title.split(/(?=关于)/)) addCentred(line, 22, millimetresOf(34), { isBold: true });
  top += millimetresOf(24);
  for (const [index, paragraph] of [reply.addressee, ...reply.paragraphs].entries()) {
    const indent = index === 0 ? 0 : 2 * body.size;
    for (const [row, line] of breakLines(font, paragraph, indent).entries()) {
      add(line, page.left + (row === 0 ? indent : 0), body.points, body.pitch);
    }
  }
  top += 2 * body.pitch;
  const centre = page.right - 4 * body.size - widthOf(font, reply.agency, body.size) / 2;
  for (const line of [reply.agency, reply.date]) {
    add(line, centre - widthOf(font, line, body.size) / 2, body.points, body.pitch);
  }
  return { lines, ruleTop };
}

/** Fills lines; none begins with a closing mark or ends with an opening one (GB/T 15834-2011). */
function breakLines(font: Font, text: string, indent: number): string[] {
  const characters = Array.from(text);
  const lines: string[] = [];
  let start = 0;
  while (start < characters.length) {
    const room = page.right - page.left - (start === 0 ? indent : 0);
    let end = start + 1;
    const widthTo = (stop: number): number =>
      widthOf(font, characters.slice(start, stop).join(""), body.size);
    while (end < characters.length && widthTo(end + 1) <= room) end += 1;
    while (end < characters.length && end > start + 1 && isBadBreak(characters[end - 1], characters[end]))
      end -= 1;
    lines.push(characters.slice(start, end).join(""));
    start = end;
  }
  return lines;
}

function isBadBreak(before = "", after = ""): boolean {
  return "（《〔".includes(before) || "），。、；：》〕".includes(after);
}

function advanceOf(font: Font, character: string, size: number): number {
  const codePoint = character.codePointAt(0) ?? 0;
  if (!font.hasGlyphForCodePoint(codePoint)) throw new Error(`the font has no ${character}`);
  return (font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm) * size;
}

function widthOf(font: Font, text: string, size: number): number {
  return Array.from(text).reduce((width, character) => width + advanceOf(font, character, size), 0);
}

/** Distances from glyph to glyph; rounded so that no glyph is more than half a micrometre from its place. */
function deltasOf(font: Font, text: string, size: number): number[] {
  const deltas: number[] = [];
  let exact = 0;
  let written = 0;
  for (const character of Array.from(text).slice(0, -1)) {
    exact += advanceOf(font, character, size);
    const delta = Math.round((exact - written) * 1000) / 1000;
    deltas.push(delta);
    written += delta;
  }
  return deltas;
}

/** Millimetres with three decimals, as short as they go. */
function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** The line breaks are for people; OFD ignores white space between elements. */
function pageXml(reply: Reply, font: Font): string {
  const { lines, ruleTop } = layOut(reply, font);
  const width = number(page.right - page.left);
  const ruleBox = `${number(page.left)} ${number(ruleTop)} ${width} 0.7`;
  return [
    `${head}<ofd:Page ${namespace}>`,
    '<ofd:Content><ofd:Layer ID="9" Type="Body">',
    `<ofd:PathObject ID="10" Boundary="${ruleBox}" LineWidth="0.7">`,
    `<ofd:StrokeColor Value="${red}"/>`,
    `<ofd:AbbreviatedData>M 0 0.35 L ${width} 0.35</ofd:AbbreviatedData>`,
    "</ofd:PathObject>",
    ...lines.map((line, index) => textObject(font, line, 11 + index)),
    "</ofd:Layer></ofd:Content>",
    "</ofd:Page>\n",
  ].join("\n");
}

function textObject(font: Font, { text, left, baseline, size, isRed, isBold }: Line, id: number): string {
  const boundary = [left, baseline - ascent * size, widthOf(font, text, size), size].map(number).join(" ");
  const weight = isBold === true ? ' Weight="700"' : "";
  const color = isRed === true ? `<ofd:FillColor Value="${red}"/>` : "";
  const deltas = deltasOf(font, text, size).map(number).join(" ");
  return (
    `<ofd:TextObject ID="${String(id)}" Boundary="${boundary}" Font="2" Size="${number(size)}"${weight}>${color}` +
    `<ofd:TextCode X="0" Y="${number(ascent * size)}" DeltaX="${deltas}">${text}</ofd:TextCode></ofd:TextObject>`
  );
}

function mainXml(reply: Reply, documentId: string): string {
  return `${head}<ofd:OFD ${namespace} Version="1.1" DocType="OFD">
<ofd:DocBody>
<ofd:DocInfo>
<ofd:DocID>${documentId}</ofd:DocID>
<ofd:Title>${reply.title}</ofd:Title>
<ofd:Author>${reply.agency}</ofd:Author>
<ofd:CreationDate>${createdAt.toISOString().slice(0, 10)}</ofd:CreationDate>
<ofd:Creator>Yinxin</ofd:Creator>
</ofd:DocInfo>
<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>
</ofd:DocBody>
</ofd:OFD>
`;
}

const documentXml = `${head}<ofd:Document ${namespace}>
<ofd:CommonData>
<ofd:MaxUnitID>100</ofd:MaxUnitID>
<ofd:PageArea><ofd:PhysicalBox>0 0 ${String(page.width)} ${String(page.height)}</ofd:PhysicalBox></ofd:PageArea>
<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>
</ofd:CommonData>
<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>
</ofd:Document>
`;

const resourcesXml = `${head}<ofd:Res ${namespace} BaseLoc="Res">
<ofd:Fonts>
<ofd:Font ID="2" FontName="Yinxin Test Song" FamilyName="Yinxin Test Song" Charset="unicode" Serif="true">
<ofd:FontFile>reply-subset.otf</ofd:FontFile>
</ofd:Font>
</ofd:Fonts>
</ofd:Res>
`;
