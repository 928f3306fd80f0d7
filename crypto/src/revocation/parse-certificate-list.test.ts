import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fabricateList, listEntry } from "../../testing/fabricate-list.ts";
import { commonName, extension, extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { concatBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  element,
  integer,
  oid,
  parseDer,
  sequence,
  tags,
  x509Time,
} from "../der/index.ts";
import { CertificateListError, judgeCertificate, parseCertificateList } from "./index.ts";
import type { CertificateListErrorCode } from "./index.ts";

const thisUpdate = new Date("2026-11-22T00:00:00Z");
const nextUpdate = new Date("2026-11-29T00:00:00Z");
const revokedAt = new Date("2026-11-20T08:00:00Z");
const issuer = await fabricate({ subject: "Root", extensions: [extensions.authority()] });
const reason = (value: number): Uint8Array =>
  extension("2.5.29.21", element(0x0a, Uint8Array.of(value)), false);
const invalid = extension(
  "2.5.29.24",
  element(tags.generalizedTime, new TextEncoder().encode("20261101000000Z")),
  false,
);

const list = await fabricateList({
  issuer,
  thisUpdate,
  nextUpdate,
  entries: [listEntry("0102", revokedAt, reason(1), invalid), listEntry("03", revokedAt)],
  extensions: [
    extension("2.5.29.20", integer(7n), false),
    extension("2.5.29.27", integer(5n), true),
    extension(
      "2.5.29.28",
      sequence(element(0x81, Uint8Array.of(0xff)), element(0x83, Uint8Array.of(5, 0x60))),
      true,
    ),
    extension("2.5.29.35", sequence(element(0x80, Uint8Array.of(1, 2))), false),
    extension(
      "2.5.29.46",
      sequence(sequence(contextExplicit(0, element(0xa0, element(0x86, Uint8Array.of(0x61)))))),
      false,
    ),
    extension("1.2.3.4", integer(1n), true),
  ],
});

function codeOf(der: Uint8Array): CertificateListErrorCode | undefined {
  try {
    parseCertificateList(der);
    return undefined;
  } catch (cause) {
    if (cause instanceof CertificateListError) return cause.code;
    throw cause;
  }
}

/** The list with other members. */
function rebuilt(members: readonly (Uint8Array | undefined)[]): Uint8Array {
  const [, algorithm, signature] = parseDer(list.raw).children;
  const tbs = sequence(...members.filter((member) => member !== undefined));
  return sequence(tbs, algorithm?.raw ?? tbs, signature?.raw ?? tbs);
}

describe("a certificate revocation list (RFC 5280 §5.1)", () => {
  const members = parseDer(list.tbs).children.map(({ raw }) => raw);
  const [version, algorithm, name, from, until, , wrapper] = members;

  it("is read whole, and what is read re-encodes to the same octets", () => {
    expect(list).toMatchObject({
      version: 2,
      thisUpdate,
      nextUpdate,
      entryCount: 2,
      number: 7n,
      baseNumber: 5n,
      scope: { onlyUserCertificates: true, onlySomeReasons: 0b110, isIndirect: false },
      authorityKey: { keyIdentifier: Uint8Array.of(1, 2) },
      unknownCriticalExtensions: ["1.2.3.4"],
    });
    expect(list.issuer.text).toBe("CN=Root");
    expect(list.freshestCrl).toHaveLength(1);
    expect(list.entries.get("0102")).toMatchObject([
      { revokedAt, reason: "keyCompromise", invalidAt: new Date("2026-11-01T00:00:00Z") },
    ]);
    expect(list.entries.get("03")).toMatchObject([{ reason: "unspecified" }]);
    expect(rebuilt(members)).toEqual(list.raw);
  });

  it("may lack everything that is optional", () => {
    const bare = parseCertificateList(rebuilt([algorithm, name, from]));
    expect(bare).toMatchObject({ version: 1, entryCount: 0, unknownCriticalExtensions: [] });
    expect(bare.nextUpdate).toBeUndefined();
  });

  it.each<[CertificateListErrorCode, string, Uint8Array]>([
    ["list-malformed", "nothing", new Uint8Array()],
    ["list-malformed", "a number", integer(1n)],
    ["list-malformed", "bytes after it", concatBytes(list.raw, Uint8Array.of(0))],
    ["list-malformed", "a missing issuer", rebuilt([version, algorithm])],
    ["list-malformed", "a member too many", rebuilt([...members, integer(1n)])],
    [
      "list-malformed",
      "an entry without a time",
      rebuilt([version, algorithm, name, from, until, sequence(sequence(integer(1n))), wrapper]),
    ],
    // Nobody would find it: certificates have the number in its shortest form.
    [
      "list-malformed",
      "a serial number with a zero too many",
      rebuilt([version, algorithm, name, from, until, sequence(listEntry("0001", revokedAt))]),
    ],
    [
      "list-malformed",
      "a negative serial number with an octet too many",
      rebuilt([version, algorithm, name, from, until, sequence(listEntry("ff80", revokedAt))]),
    ],
    [
      "list-malformed",
      "a reason that has no meaning",
      rebuilt([version, algorithm, name, from, until, sequence(listEntry("01", revokedAt, reason(7)))]),
    ],
    [
      "list-malformed",
      "two of one extension",
      rebuilt([version, algorithm, name, from, contextExplicit(0, sequence(reason(1), reason(1)))]),
    ],
    [
      "list-malformed",
      "a scope of two kinds",
      rebuilt([
        version,
        algorithm,
        name,
        from,
        contextExplicit(
          0,
          sequence(
            extension(
              "2.5.29.28",
              sequence(element(0x81, Uint8Array.of(0xff)), element(0x82, Uint8Array.of(0xff))),
              true,
            ),
          ),
        ),
      ]),
    ],
    ["list-version", "a later version", rebuilt([integer(2n), algorithm, name, from])],
    ["list-version", "extensions and no version", rebuilt([algorithm, name, from, wrapper])],
    [
      "list-algorithm-mismatch",
      "another algorithm inside",
      rebuilt([version, sequence(oid("1.2.3")), name, from]),
    ],
    ["list-too-large", "more than 64 MiB", new Uint8Array(64 * 1024 * 1024 + 1)],
  ])("is refused as %s with %s", (code, _what, der) => {
    expect(codeOf(der)).toBe(code);
  });

  it("is read, or refused with its own error, whatever is changed in it", () => {
    const change = fc.record({ at: fc.nat({ max: list.raw.length - 1 }), octet: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(list.raw);
        for (const { at, octet } of changes) changed[at] = octet;
        if (codeOf(changed) === undefined) expect(parseCertificateList(changed).raw).toEqual(changed);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("with 20,000 entries is read once and asked at once", async () => {
    const end = await fabricate({ subject: "End", issuer, serialNumber: 0x10000 + 777 });
    const entries = Array.from({ length: 20_000 }, (_, index) =>
      listEntry((0x10000 + index).toString(16).padStart(6, "0"), revokedAt, reason(index % 2 === 0 ? 1 : 4)),
    );
    const long = await fabricateList({ issuer, thisUpdate, nextUpdate, entries });
    expect(long.entryCount).toBe(20_000);
    const judged = judgeCertificate({
      certificate: end.certificate,
      intermediates: [],
      anchors: [issuer.certificate],
      at: thisUpdate,
      evidence: { crls: [long], ocspResponses: [] },
      policy: { revocation: "required", algorithms: "default" },
    });
    expect(judged.revocation[0]).toMatchObject({ status: "revoked", reason: "superseded" });
  });

  it("is found under any spelling of its issuer's name", () => {
    const spelled = parseCertificateList(rebuilt([algorithm, commonName("ROOT "), from, until]));
    expect(spelled.issuer.comparable).toBe(list.issuer.comparable);
    expect(bitString(spelled.signature)).toEqual(parseDer(list.raw).children[2]?.raw);
    expect(x509Time(spelled.thisUpdate)).toEqual(from);
  });
});
