import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../testing/fuzz-runs.ts";
import { bytesOfHex, concatBytes } from "../../bytes/index.ts";
import { bitString, contextExplicit, octetString, oid, sequence, smallInteger } from "../../der/index.ts";
import { digest } from "../../digest/index.ts";
import { sm2Messages } from "../node/sm2-messages.ts";
import { sm2Z } from "../z.ts";
import { wasmEngine } from "./index.ts";

const fresh = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
// Below n − 1 of both curves.
const keys = fc.bigInt({ min: 1n, max: order - (1n << 225n) });
const bytesOf = (value: bigint): Uint8Array => bytesOfHex(value.toString(16).padStart(64, "0"));
const messages = fc.uint8Array({ maxLength: 200 });

const spkiOf = (curveOid: string, xy64: Uint8Array): Uint8Array =>
  sequence(sequence(oid("1.2.840.10045.2.1"), oid(curveOid)), bitString(concatBytes(Uint8Array.of(4), xy64)));

describe.each([wasmEngine("simd"), wasmEngine("portable")])(
  "beside node:crypto, the engine ($variant)",
  (engine) => {
    it("makes SM2 signatures that createVerify accepts, and accepts what createSign makes", () => {
      fc.assert(
        fc.property(keys, messages, fc.nat(511), (number, message, bit) => {
          const d = bytesOf(number);
          const xy = engine.publicPoint("sm2", d);
          const parts = [sm2Z(spkiOf("1.2.156.10197.1.301", xy)), message];
          const e = digest("SM3", ...parts);
          const ours = engine.importPrivateKey("sm2", d).sign(e, fresh);
          expect(sm2Messages.verify(xy, parts, ours)).toBe(true);
          const theirs = sm2Messages.sign(d, xy, parts);
          const changed = theirs.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
          for (const table of [false, true]) {
            const key = engine.importPublicKey("sm2", xy, { table });
            expect(key.verify(e, theirs)).toBe(true);
            expect(key.verify(e, changed)).toBe(sm2Messages.verify(xy, parts, changed));
          }
        }),
        { numRuns: fuzzRuns(40) },
      );
    });

    it("makes P-256 signatures that node:crypto accepts, and accepts what it makes", () => {
      const curveOid = "1.2.840.10045.3.1.7";
      fc.assert(
        fc.property(keys, messages, (number, message) => {
          const d = bytesOf(number);
          const xy = engine.publicPoint("p256", d);
          const spki = Buffer.from(spkiOf(curveOid, xy));
          const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
          const e = digest("SHA-256", message);
          const ours = engine.importPrivateKey("p256", d).sign(e, fresh);
          expect(verify("sha256", message, { key: publicKey, dsaEncoding: "ieee-p1363" }, ours)).toBe(true);
          const point = bitString(concatBytes(Uint8Array.of(4), xy));
          const ecKey = sequence(smallInteger(1), octetString(d), contextExplicit(1, point));
          const algorithm = sequence(oid("1.2.840.10045.2.1"), oid(curveOid));
          const pkcs8 = Buffer.from(sequence(smallInteger(0), algorithm, octetString(ecKey)));
          const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
          const theirs = new Uint8Array(
            sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }),
          );
          for (const table of [false, true])
            expect(engine.importPublicKey("p256", xy, { table }).verify(e, theirs)).toBe(true);
        }),
        { numRuns: fuzzRuns(40) },
      );
    });
  },
);
