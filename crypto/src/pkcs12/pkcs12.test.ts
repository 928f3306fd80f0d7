import { createHmac, generateKeyPairSync, pbkdf2Sync, randomBytes } from "node:crypto";

import { beforeAll, describe, expect, it } from "vitest";

import { fabricate } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import { equalBytes, hexOf } from "../bytes/index.ts";
import {
  contextExplicit,
  nullValue,
  octetString,
  oid,
  parseDer,
  sequence,
  setOf,
  smallInteger,
} from "../der/index.ts";
import { decryptPrivateKey } from "../pkcs8/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { pkcs12Schemes, Pkcs12Error, readPkcs12, writePkcs12 } from "./index.ts";
import type { Pkcs12Entry, Pkcs12ProtectionName } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const password = "口令 Пароль 🔑";
const iterations = 1000;

async function identity(algorithm: "SM2" | "ES256" | "Ed25519", subject: string, issuer?: Entity) {
  const { pkcs8 } = generateKey(algorithm);
  const signer = createSoftwareSigner(pkcs8);
  const entity = await fabricate({ subject, signer, ...(issuer === undefined ? {} : { issuer }) });
  return { privateKey: pkcs8, ...entity };
}

let root: Awaited<ReturnType<typeof identity>>;
let entries: readonly (Pkcs12Entry & { friendlyName: string })[];

beforeAll(async () => {
  root = await identity("SM2", "根");
  const authority = await identity("SM2", "签发机构", root);
  const chainOf = (...entities: readonly Entity[]) => entities.map(({ certificate }) => certificate.raw);
  const [sm2, p256, ed] = [
    await identity("SM2", "印章", authority),
    await identity("ES256", "service", authority),
    await identity("Ed25519", "log", root),
  ];
  entries = [
    { privateKey: sm2.privateKey, chain: chainOf(sm2, authority, root), friendlyName: "电子印章 🔏" },
    { privateKey: p256.privateKey, chain: chainOf(p256, authority, root), friendlyName: "service" },
    { privateKey: ed.privateKey, chain: chainOf(ed, root), friendlyName: "log" },
  ];
});

const write = (protection: Pkcs12ProtectionName = "modern") =>
  writePkcs12(entries, password, { random, protection, iterations });

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (cause) {
    if (cause instanceof Pkcs12Error) return cause.code;
    throw cause;
  }
  return "accepted";
}

describe("a PKCS #12 file", () => {
  it.each<[Pkcs12ProtectionName, string, string, readonly string[]]>([
    ["modern", "HMAC-SHA-256", "PBES2, PBKDF2, AES-256-CBC", []],
    ["national", "HMAC-SM3", "PBES2, PBKDF2, SM4-CBC", []],
    ["old", "HMAC-SHA-1", "pbeWithSHAAnd3-KeyTripleDES-CBC", ["old-password-encryption"]],
  ])("of %s protection gives back its keys, chains and names", (protection, mac, encryption, quirks) => {
    const contents = readPkcs12(write(protection), password);
    expect(contents.mac).toEqual({ label: mac, iterations });
    expect(contents.encryptions).toEqual([encryption]);
    expect(contents.quirks.map(({ code }) => code)).toEqual(quirks);
    expect(contents.keys.map(({ friendlyName }) => friendlyName)).toEqual(
      entries.map(({ friendlyName }) => friendlyName),
    );
    for (const [index, { privateKey, chain }] of contents.keys.entries()) {
      expect(equalBytes(privateKey, entries[index]?.privateKey ?? new Uint8Array())).toBe(true);
      expect(chain.map(({ raw }) => hexOf(raw))).toEqual(entries[index]?.chain.map(hexOf));
      expect(chain[0]?.localKeyId).toBe(contents.keys[index]?.localKeyId);
    }
    // Three leaves, one authority, one root: the shared ones stand there once.
    expect(contents.certificates).toHaveLength(5);
  });

  it("may hold certificates that belong to no key", () => {
    const file = writePkcs12([], password, { random, iterations, trusted: [root.certificate.raw] });
    const { keys, certificates } = readPkcs12(file, password);
    expect(keys).toEqual([]);
    expect(certificates.map(({ raw }) => hexOf(raw))).toEqual([hexOf(root.certificate.raw)]);
  });

  it("is written only for keys that are keys, with certificates that are theirs", () => {
    const [sm2, p256] = entries;
    if (sm2 === undefined || p256 === undefined) throw new Error("entries are missing");
    const attempt = (entry: Pkcs12Entry) => () => writePkcs12([entry], password, { random, iterations });
    expect(codeOf(attempt({ ...sm2, chain: p256.chain }))).toBe("pkcs12-malformed");
    expect(codeOf(attempt({ ...sm2, privateKey: new Uint8Array(8) }))).toBe("pkcs12-malformed");
    for (const wrong of [999, 1_000_001]) {
      expect(() => writePkcs12(entries, password, { random, iterations: wrong })).toThrow(RangeError);
    }
  });

  it("opens with an empty password in both forms that are met", () => {
    const file = writePkcs12(entries, "", { random, iterations });
    expect(readPkcs12(file, "").keys).toHaveLength(3);
  });

  it("does not open with another password, and says nothing more", () => {
    const file = write();
    for (const wrong of ["", "口令", `${password} `, password.toLowerCase()]) {
      expect(codeOf(() => readPkcs12(file, wrong))).toBe("pkcs12-password-wrong");
    }
  });
});

describe("the MAC of a PKCS #12 file", () => {
  it("is checked before anything is decrypted: a damaged part is a wrong MAC first", () => {
    const file = Uint8Array.from(write());
    // In the middle of the encrypted certificates.
    file[400] = (file[400] ?? 0) ^ 1;
    expect(codeOf(() => readPkcs12(file, password))).toBe("pkcs12-password-wrong");
  });

  it("may be missing only where the caller says so, and then a wrong password is still one error", () => {
    const [version, safe] = parseDer(write()).children;
    const bare = sequence(version?.raw ?? new Uint8Array(), safe?.raw ?? new Uint8Array());
    expect(codeOf(() => readPkcs12(bare, password))).toBe("pkcs12-mac-missing");
    const { keys, mac, quirks } = readPkcs12(bare, password, { allowMissingMac: true });
    expect(keys).toHaveLength(3);
    expect(mac).toBeUndefined();
    expect(quirks).toEqual([{ code: "mac-missing" }]);
    const codes = new Set<string>();
    for (let guess = 0; guess < 300; guess += 1) {
      codes.add(codeOf(() => readPkcs12(bare, `guess ${String(guess)}`, { allowMissingMac: true })));
    }
    expect([...codes]).toEqual(["pkcs12-password-wrong"]);
  });

  it("that is right beside a part with another password says that it is that part", () => {
    const [other] = parseDer(writePkcs12(entries, "another", { random, iterations })).children.slice(1);
    const safe = other?.children[1]?.children[0]?.contents ?? new Uint8Array();
    const file = withPbmac1(safe, password);
    expect(codeOf(() => readPkcs12(file, password))).toBe("pkcs12-part-not-decrypted");
  });

  /** RFC 9579 from node:crypto alone. */
  function withPbmac1(
    safe: Uint8Array,
    secret: string,
    keyLength: readonly Uint8Array[] = [smallInteger(32)],
  ) {
    const salt = random(8);
    const mac = createHmac("sha512", pbkdf2Sync(secret, salt, 2000, 32, "sha256"))
      .update(safe)
      .digest();
    const hmac = (last: string) => sequence(oid(`1.2.840.113549.2.${last}`), nullValue());
    const kdf = sequence(
      oid("1.2.840.113549.1.5.12"),
      sequence(octetString(salt), smallInteger(2000), ...keyLength, hmac("9")),
    );
    const algorithm = sequence(oid("1.2.840.113549.1.5.14"), sequence(kdf, hmac("11")));
    const macData = sequence(sequence(algorithm, octetString(mac)), octetString(new Uint8Array()));
    return sequence(
      smallInteger(3),
      sequence(oid("1.2.840.113549.1.7.1"), contextExplicit(0, octetString(safe))),
      macData,
    );
  }

  it("may be PBMAC1 (RFC 9579), made elsewhere or here", () => {
    const safe = parseDer(write()).children[1]?.children[1]?.children[0]?.contents ?? new Uint8Array();
    const file = withPbmac1(safe, password);
    expect(readPkcs12(file, password).mac).toEqual({
      label: "PBMAC1, PBKDF2, HMAC-SHA-512",
      iterations: 2000,
    });
    expect(codeOf(() => readPkcs12(file, "wrong"))).toBe("pkcs12-password-wrong");
    // RFC 9579: the length of the key must be said.
    expect(codeOf(() => readPkcs12(withPbmac1(safe, password, []), password))).toBe("pkcs12-malformed");
    const own = writePkcs12(entries, password, { random, iterations, mac: "PBMAC1" });
    expect(readPkcs12(own, password).mac).toEqual({ label: "PBMAC1, PBKDF2, HMAC-SHA-256", iterations });
  });
});

describe("a PKCS #12 file from outside", () => {
  const data = (contents: Uint8Array) =>
    sequence(oid("1.2.840.113549.1.7.1"), contextExplicit(0, octetString(contents)));
  /** Without a MAC, so that the reader looks at the structure. */
  const pfx = (safe: Uint8Array) => sequence(smallInteger(3), data(safe));
  const safeWith = (...bags: readonly Uint8Array[]) => pfx(sequence(data(sequence(...bags))));
  const codeFor = (file: Uint8Array) => codeOf(() => readPkcs12(file, password, { allowMissingMac: true }));
  const bag = (type: number, value: Uint8Array, ...attributes: readonly Uint8Array[]) =>
    sequence(oid(`1.2.840.113549.1.12.10.1.${String(type)}`), contextExplicit(0, value), ...attributes);
  const key = generateKey("SM2").pkcs8;

  it("may have a key in the clear, nested contents, a CRL, and bags that are passed over by name", () => {
    const crl = sequence(oid("1.2.840.113549.1.9.23.1"), contextExplicit(0, octetString(sequence())));
    const file = safeWith(bag(6, sequence(bag(1, key))), bag(4, crl), bag(5, sequence()));
    const { keys, crls, otherBags } = readPkcs12(file, password, { allowMissingMac: true });
    expect(keys.map(({ privateKey }) => hexOf(privateKey))).toEqual([hexOf(key)]);
    expect(crls.map(hexOf)).toEqual(["3000"]);
    expect(otherBags).toEqual(["1.2.840.113549.1.12.10.1.5"]);
  });

  it("is limited in its bags, its nesting, its size and its work", () => {
    let nested = bag(1, key);
    for (let depth = 0; depth < 6; depth += 1) nested = bag(6, sequence(nested));
    expect(codeFor(safeWith(nested))).toBe("pkcs12-limit-exceeded");
    const many = Array.from({ length: 1001 }, () => bag(5, sequence()));
    expect(codeFor(safeWith(...many))).toBe("pkcs12-limit-exceeded");
    expect(codeFor(new Uint8Array(4 * 1024 * 1024 + 1))).toBe("pkcs12-malformed");
    const shrouded = (salt: number, rounds: number) => {
      const kdf = sequence(
        oid("1.2.840.113549.1.5.12"),
        sequence(octetString(new Uint8Array(8).fill(salt)), smallInteger(rounds)),
      );
      const aes = sequence(oid("2.16.840.1.101.3.4.1.2"), octetString(new Uint8Array(16)));
      const algorithm = sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, aes));
      return bag(2, sequence(algorithm, octetString(new Uint8Array(16))));
    };
    expect(codeFor(safeWith(shrouded(1, 5_000_001)))).toBe("pkcs12-limit-exceeded");
    // 2 × 10⁹ rounds in the MAC.
    const mac = sequence(
      sequence(sequence(oid("1.3.14.3.2.26"), nullValue()), octetString(new Uint8Array(20))),
      octetString(new Uint8Array(8)),
      smallInteger(2_000_000_000),
    );
    const file = sequence(smallInteger(3), data(sequence()), mac);
    expect(codeOf(() => readPkcs12(file, password))).toBe("pkcs12-limit-exceeded");
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["a private key", key],
    ["another version", sequence(smallInteger(2), data(sequence()))],
    ["half a bag", safeWith(sequence(oid("1.2.840.113549.1.12.10.1.1")))],
    [
      "a name that is a number",
      safeWith(bag(1, key, setOf(sequence(oid("1.2.840.113549.1.9.20"), setOf(smallInteger(1)))))),
    ],
    ["more members", sequence(smallInteger(3), data(sequence()), sequence(), sequence())],
  ])("is malformed: %s", (_what, file) => {
    expect(codeFor(file)).toBe("pkcs12-malformed");
  });

  it("that is signed, or encrypted to a certificate, is refused by name", () => {
    const content = (type: number) =>
      sequence(oid(`1.2.840.113549.1.7.${String(type)}`), contextExplicit(0, sequence()));
    expect(codeFor(sequence(smallInteger(3), content(2)))).toBe("pkcs12-mode-unsupported");
    expect(codeFor(pfx(sequence(content(3))))).toBe("pkcs12-mode-unsupported");
  });

  it("with an unknown MAC is refused by name", () => {
    const mac = sequence(
      sequence(sequence(oid("1.2.3"), nullValue()), octetString(new Uint8Array(20))),
      octetString(new Uint8Array(8)),
    );
    const file = sequence(smallInteger(3), data(sequence()), mac);
    expect(codeOf(() => readPkcs12(file, password))).toBe("pkcs12-algorithm-unsupported");
  });
});

describe("the schemes of PKCS #12", () => {
  it("are not followed for a private key alone unless they are asked for", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const plain = new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
    const file = parseDer(
      writePkcs12([{ privateKey: plain, chain: [] }], "p", { random, iterations, protection: "old" }),
    );
    const safe = parseDer(file.children[1]?.children[1]?.children[0]?.contents ?? new Uint8Array());
    const bags = parseDer(safe.children[1]?.children[1]?.children[0]?.contents ?? new Uint8Array());
    const encrypted = bags.children[0]?.children[1]?.children[0]?.raw ?? new Uint8Array();
    expect(() => decryptPrivateKey(encrypted, "p")).toThrow(
      expect.objectContaining({ code: "encryption-unsupported" }) as Error,
    );
    const opened = decryptPrivateKey(encrypted, "p", { moreSchemes: pkcs12Schemes });
    expect(hexOf(opened.privateKey)).toBe(hexOf(plain));
  });
});
