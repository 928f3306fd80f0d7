import { zlibSync } from "fflate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { bytesOfHex, concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import { encodeCbor, signCoseSign1 } from "../cose/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { signCompactJws } from "../tokens/index.ts";
import {
  compressStatusList,
  drawIndex,
  emptyStatusList,
  issueStatusListCwt,
  issueStatusListJwt,
  maximumStatusListBytes,
  parseStatusList,
  statusAt,
  statusCount,
  statusName,
  statusReferenceOf,
  statusReferenceOfCwt,
  verifyStatusListCwt,
  verifyStatusListJwt,
  withStatuses,
} from "./index.ts";
import type { StatusBits } from "./index.ts";

const uri = "https://ledger.example/statuslists/1";
const now = new Date("2026-11-22T03:00:00Z");
const es256 = createSoftwareSigner(generateKey("ES256").pkcs8);
const checks = { publicKey: es256.publicKey, algorithm: "ES256", uri, now } as const;
const list = withStatuses(emptyStatusList(2, 1000), [[7, 2]]);
const token = { list, uri, issuedAt: now, expiresAt: new Date(now.getTime() + 3_600_000), ttlSeconds: 600 };

describe("a status list", () => {
  it("packs the first status into the lowest bits, as in draft-ietf-oauth-status-list §4.1", () => {
    const changes = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1].map(
      (status, index) => [index, status] as const,
    );
    expect(hexOf(withStatuses(emptyStatusList(1, 16), changes).bytes)).toBe("b9a3");
    const wide = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3].map((status, index) => [index, status] as const);
    expect(hexOf(withStatuses(emptyStatusList(2, 12), wide).bytes)).toBe("c944f9");
  });

  it("gives back every status that was set, of every width", () => {
    const width = fc.constantFrom<StatusBits>(1, 2, 4, 8);
    fc.assert(
      fc.property(width, fc.array(fc.tuple(fc.nat(799), fc.nat(255))), (bits, changes) => {
        const fitting = new Map(changes.map(([index, status]) => [index, status % 2 ** bits]));
        const made = withStatuses(emptyStatusList(bits, 800), fitting);
        const read = parseStatusList(bits, compressStatusList(made));
        expect(statusCount(read)).toBe(800);
        for (let index = 0; index < 800; index += 1)
          expect(statusAt(read, index)).toBe(fitting.get(index) ?? 0);
      }),
      { numRuns: fuzzRuns(20) },
    );
  });

  it("has the registered meanings", () => {
    expect([0, 1, 2, 3, 4, 11, 12, 15, 16].map(statusName)).toEqual([
      "valid",
      "invalid",
      "suspended",
      "application-specific",
      "unknown",
      "unknown",
      "application-specific",
      "application-specific",
      "unknown",
    ]);
  });

  it.each([
    ["an index beyond the end", () => statusAt(list, 1000)],
    ["a negative index", () => statusAt(list, -1)],
    ["a fraction of an index", () => statusAt(list, 0.5)],
    ["a status that does not fit", () => withStatuses(list, [[0, 4]])],
    ["a size that fills no byte", () => emptyStatusList(1, 9)],
    ["no statuses at all", () => emptyStatusList(1, 0)],
    ["more statuses than the limit", () => emptyStatusList(8, maximumStatusListBytes + 8)],
  ])("has no room for %s", (_, action) => {
    expect(action).toThrow(RangeError);
  });

  it("stops inflating at the limit, whatever the stream promises", () => {
    const bomb = zlibSync(new Uint8Array(maximumStatusListBytes + 1), { level: 9 });
    expect(bomb.length).toBeLessThan(20_000);
    expect(() => parseStatusList(1, bomb)).toThrow(
      expect.objectContaining({ code: "status-list-too-large" }),
    );
  });

  const good = compressStatusList(list);
  it.each([
    ["a width of 3", 3, good],
    ["no width", undefined, good],
    ["nothing compressed", 2, new Uint8Array()],
    ["GZIP", 2, bytesOfHex("1f8b0800000000000003010000ffff0000000000000000")],
    ["a wrong checksum", 2, concatBytes(good.subarray(0, -1), Uint8Array.of(0))],
    ["a cut stream", 2, good.subarray(0, -5)],
    ["a preset dictionary", 2, concatBytes(bytesOfHex("78bb"), good.subarray(2))],
  ])("is malformed with %s", (_, bits, lst) => {
    expect(() => parseStatusList(bits, lst)).toThrow(
      expect.objectContaining({ code: "status-list-malformed" }),
    );
  });

  it("gives each index once, beginning where chance says, until it is full", () => {
    const small = emptyStatusList(8, 5);
    const taken = new Set<number>();
    for (let count = 0; count < 5; count += 1) {
      const index = drawIndex(
        small,
        (at) => !taken.has(at),
        (size) => new Uint8Array(size).fill(count),
      );
      expect(taken.has(index ?? -1)).toBe(false);
      taken.add(index ?? -1);
    }
    expect([...taken].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(
      drawIndex(
        small,
        () => false,
        (size) => new Uint8Array(size),
      ),
    ).toBeUndefined();
  });
});

describe("a status list token", () => {
  it("is read as it was signed, as JWT and as CWT", async () => {
    const jwt = await issueStatusListJwt({ signer: es256, keyId: "12" }, token);
    expect(verifyStatusListJwt(jwt, checks)).toEqual(token);
    const cwt = await issueStatusListCwt({ signer: es256, keyId: utf8Of("12") }, token);
    expect(verifyStatusListCwt(cwt, checks)).toEqual(token);
    const bare = { list, uri, issuedAt: now };
    expect(
      verifyStatusListJwt(await issueStatusListJwt({ signer: es256, keyId: "12" }, bare), checks),
    ).toEqual(bare);
    const cwtBare = await issueStatusListCwt({ signer: es256, keyId: utf8Of("12") }, bare);
    expect(verifyStatusListCwt(cwtBare, checks)).toEqual(bare);
  });

  it("may be signed with SM2 as a JWT", async () => {
    const sm2 = createSoftwareSigner(generateKey("SM2").pkcs8);
    const jwt = await issueStatusListJwt({ signer: sm2, keyId: "12" }, token);
    const own = { ...checks, publicKey: sm2.publicKey, algorithm: "SM2" } as const;
    expect(verifyStatusListJwt(jwt, own)).toEqual(token);
  });

  it.each([
    ["status-list-not-about-this", "another place", { uri: `${uri}0` }],
    ["status-list-expired", "an hour later", { now: new Date(now.getTime() + 3_605_000) }],
    ["status-list-not-yet-valid", "before it was made", { now: new Date(now.getTime() - 6_000) }],
    ["status-list-signature-wrong", "another key", { publicKey: generateKey("ES256").spki }],
    ["status-list-signature-wrong", "another algorithm", { algorithm: "Ed25519" as const }],
  ])("is refused as %s for %s", async (code, _, change) => {
    const jwt = await issueStatusListJwt({ signer: es256, keyId: "12" }, token);
    expect(() => verifyStatusListJwt(jwt, { ...checks, ...change })).toThrow(
      expect.objectContaining({ code }),
    );
    const cwt = await issueStatusListCwt({ signer: es256, keyId: utf8Of("12") }, token);
    expect(() => verifyStatusListCwt(cwt, { ...checks, ...change })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  const claims = { sub: uri, iat: now.getTime() / 1000, status_list: { bits: 2, lst: "eNo76fITAAPfAgc" } };
  it.each<[string, string, object, string]>([
    ["status-list-malformed", "no list", { ...claims, status_list: undefined }, "statuslist+jwt"],
    [
      "status-list-malformed",
      "a list that is not base64url",
      { ...claims, status_list: { bits: 2, lst: "*" } },
      "statuslist+jwt",
    ],
    ["status-list-malformed", "no iat", { ...claims, iat: undefined }, "statuslist+jwt"],
    ["status-list-malformed", "a text for exp", { ...claims, exp: "1" }, "statuslist+jwt"],
    ["status-list-malformed", "a ttl of zero", { ...claims, ttl: 0 }, "statuslist+jwt"],
    ["status-list-signature-wrong", "the type of another token", claims, "at+jwt"],
  ])("is refused as %s with %s", async (code, _, payload, typ) => {
    const jwt = await signCompactJws(es256, { typ }, utf8Of(JSON.stringify(payload)));
    expect(() => verifyStatusListJwt(jwt, checks)).toThrow(expect.objectContaining({ code }));
  });

  it.each(["exp", "iat", "ttl"])("is refused when %s is a number that no clock reaches", async (name) => {
    for (const number of ["1e400", "-1e400", "8640000000001"]) {
      const text = JSON.stringify({ ...claims, [name]: "?" }).replace('"?"', number);
      const jwt = await signCompactJws(es256, { typ: "statuslist+jwt" }, utf8Of(text));
      expect(() => verifyStatusListJwt(jwt, checks)).toThrow(
        expect.objectContaining({ code: "status-list-malformed" }),
      );
    }
  });

  it("is refused as a CWT without its type, its claims or its list", async () => {
    const typed = new Map([[16, "application/statuslist+cwt"]]);
    for (const [protectedHeader, payload] of [
      [new Map<number, string>(), encodeCbor(new Map())],
      [typed, encodeCbor(new Map())],
      [typed, encodeCbor(1)],
      [typed, utf8Of("x")],
    ] as const) {
      const cwt = await signCoseSign1(es256, { protectedHeader, payload });
      expect(() => verifyStatusListCwt(cwt, checks)).toThrow(
        expect.objectContaining({ code: "status-list-malformed" }),
      );
    }
    expect(() => verifyStatusListCwt(Uint8Array.of(1), checks)).toThrow(
      expect.objectContaining({ code: "status-list-malformed" }),
    );
  });
});

describe("the status claim of a credential", () => {
  it("names a list and an index, or is absent", () => {
    expect(statusReferenceOf({ status: { status_list: { idx: 5, uri } } })).toEqual({ index: 5, uri });
    expect(statusReferenceOf({})).toBeUndefined();
    expect(statusReferenceOfCwt(new Map())).toBeUndefined();
  });

  it.each([
    ["no list", { other: {} }],
    ["a text", "status"],
    ["a negative index", { status_list: { idx: -1, uri } }],
    ["no place", { status_list: { idx: 1 } }],
  ])("is not taken for absent when it has %s", (_, status) => {
    expect(() => statusReferenceOf({ status })).toThrow(
      expect.objectContaining({ code: "status-list-malformed" }),
    );
  });
});
