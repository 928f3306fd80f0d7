import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { derOfPem, utf8Of } from "../../src/bytes/index.ts";
import { integer, parseDer, sequence } from "../../src/der/index.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures");
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(fixtures, path)));

function certificates(): Uint8Array[] {
  return ["root", "maker", "owner"].flatMap((name) =>
    derOfPem(readFileSync(join(fixtures, `pki/${name}.pem`), "utf8"), "CERTIFICATE"),
  );
}

/** The seal of the fixtures, with its face taken out of the way: 76 kB of picture say nothing to a parser. */
function seals(): Uint8Array[] {
  const [info, ...rest] = parseDer(read("seals/approval.esl")).children;
  const members = info?.children ?? [];
  const picture = members[3]?.children ?? [];
  const small = sequence(
    ...picture.map((member, index) => (index === 1 ? Uint8Array.of(4, 1, 0) : member.raw)),
  );
  const inner = sequence(...members.map((member, index) => (index === 3 ? small : member.raw)));
  return [sequence(inner, ...rest.map(({ raw }) => raw))];
}

function sealSignatures(): Uint8Array[] {
  return seals().map((seal) => {
    const content = sequence(Uint8Array.of(2, 1, 4), seal);
    return sequence(content, Uint8Array.of(4, 1, 0));
  });
}

const documents = (kind: "ofd" | "pdf"): Uint8Array[] => [read(`documents/reply.${kind}`)];

const makers: Readonly<Record<string, () => Uint8Array[]>> = {
  "der-strict": () => [...certificates(), ...seals()],
  "der-lenient": () => [...certificates(), ...seals()],
  "signature-value": () => [sequence(integer(1n << 255n), integer(5n)), new Uint8Array(64).fill(1)],
  certificate: certificates,
  seal: seals,
  "seal-signature": sealSignatures,
  ofd: () => documents("ofd"),
  pdf: () => documents("pdf"),
  document: () => [...documents("ofd"), ...documents("pdf"), ...seals(), ...certificates()],
};

/** Inputs to begin with: good ones where the fixtures have them, those once found, and a few bytes of nothing. */
export function seedsOf(parser: string): Uint8Array[] {
  return [
    ...(makers[parser]?.() ?? certificates()),
    ...foundInputs(parser).map(({ bytes }) => bytes),
    utf8Of(""),
  ];
}

/** What fixtures/corpus holds for a parser. */
export function foundInputs(parser: string): { readonly file: string; readonly bytes: Uint8Array }[] {
  const folder = join(fixtures, "corpus", parser);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => ({ file, bytes: read(`corpus/${parser}/${file}`) }));
}
