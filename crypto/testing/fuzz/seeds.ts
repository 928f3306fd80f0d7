import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { derOfPem, utf8Of } from "../../src/bytes/index.ts";
import { integer, parseDer, sequence } from "../../src/der/index.ts";
import { issuedSeeds } from "./issued-seeds.ts";
import type { SeedsByParser } from "./issued-seeds.ts";
import { ledgerSeeds } from "./ledger-seeds.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures");
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(fixtures, path)));

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

function fixtureSeeds(): SeedsByParser {
  const certificates = ["root", "maker", "owner"].flatMap((name) =>
    derOfPem(readFileSync(join(fixtures, `pki/${name}.pem`), "utf8"), "CERTIFICATE"),
  );
  const ofd = read("documents/reply.ofd");
  const pdf = read("documents/reply.pdf");
  return {
    "der-strict": [...certificates, ...seals()],
    "der-lenient": [...certificates, ...seals()],
    "signature-value": [sequence(integer(1n << 255n), integer(5n)), new Uint8Array(64).fill(1)],
    certificate: certificates,
    seal: seals(),
    ofd: [ofd],
    pdf: [pdf],
    document: [ofd, pdf, ...seals(), ...certificates],
  };
}

async function goodSeeds(): Promise<readonly SeedsByParser[]> {
  return [fixtureSeeds(), await issuedSeeds(), await ledgerSeeds()];
}

let made: Promise<readonly SeedsByParser[]> | undefined;

/**
 * Inputs to begin with: good ones, from the fixtures and of our own making, those once found, and nothing at all.
 *
 * @throws Error for a parser that has no good input: it would be fuzzed with noise.
 */
export async function seedsOf(parser: string): Promise<Uint8Array[]> {
  made ??= goodSeeds();
  const good = (await made).flatMap((seeds) => seeds[parser] ?? []);
  if (good.length === 0) throw new Error(`there is no seed for ${parser}`);
  return [...good, ...foundInputs(parser).map(({ bytes }) => bytes), utf8Of("")];
}

/** What fixtures/corpus holds for a parser. */
export function foundInputs(parser: string): { readonly file: string; readonly bytes: Uint8Array }[] {
  const folder = join(fixtures, "corpus", parser);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => ({ file, bytes: read(`corpus/${parser}/${file}`) }));
}
