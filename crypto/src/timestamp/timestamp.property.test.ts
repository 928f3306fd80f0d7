import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { createParty } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { utf8Of } from "../bytes/index.ts";
import { parseDer } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import {
  TimeStampError,
  encodeMessageImprint,
  encodeTimeStampInfo,
  judgeTimeStampToken,
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  readTimeStampInfo,
  writeTimeStampRequest,
  writeTimeStampResponse,
} from "./index.ts";

const root = await createParty("ES256", "root-ca", "Stamp Root", 1);
const tsa = await createParty("ES256", "tsa", "Stamps", 2, root);
const imprint = digest("SHA-256", utf8Of("data"));
const time = new Date("2026-11-22T08:00:00Z");
const token = await stampWith(tsa, time)({ algorithm: "SHA-256", digest: imprint });

const oidArcs = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 6 });

describe("time stamps", () => {
  it("ask and state what they were told to", () => {
    const requests = fc.record({
      nonce: fc.option(fc.bigInt({ min: 0n, max: 1n << 128n }), { nil: undefined }),
      policy: fc.option(
        oidArcs.map((arcs) => `1.3.${arcs.join(".")}`),
        { nil: undefined },
      ),
      wantsCertificates: fc.boolean(),
    });
    fc.assert(
      fc.property(requests, ({ nonce, policy, wantsCertificates }) => {
        const der = writeTimeStampRequest({
          algorithm: "SM3",
          digest: imprint,
          wantsCertificates,
          ...(nonce !== undefined && { nonce }),
          ...(policy !== undefined && { policy }),
        });
        expect(parseTimeStampRequest(der)).toMatchObject({ nonce, policy, wantsCertificates });
      }),
      { numRuns: fuzzRuns(100) },
    );
    const infos = fc.record({
      serialNumber: fc.bigInt({ min: 0n, max: 1n << 159n }),
      time: fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
      accuracy: fc.record({
        seconds: fc.nat({ max: 100_000 }),
        milliseconds: fc.nat({ max: 999 }),
        microseconds: fc.nat({ max: 999 }),
      }),
      isOrdered: fc.boolean(),
    });
    fc.assert(
      fc.property(infos, (info) => {
        const der = encodeTimeStampInfo({
          policy: "1.2.3",
          imprint: encodeMessageImprint("SM3", imprint),
          ...info,
        });
        expect(readTimeStampInfo(parseDer(der))).toMatchObject(info);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("of any bytes at all are read, or refused with a code", () => {
    const readers = [parseTimeStampRequest, parseTimeStampResponse, parseTimeStampToken];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        for (const read of readers) survives(() => read(bytes));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("with one byte changed are refused, or not believed unless the byte is a certificate's", () => {
    const response = writeTimeStampResponse({ token });
    fc.assert(
      fc.property(fc.nat({ max: response.length - 1 }), fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const changed = Uint8Array.from(response);
        changed[index] = (changed[index] ?? 0) ^ mask;
        survives(() => {
          const read = parseTimeStampResponse(changed, { profile: "strict" });
          if (read.token === undefined) return;
          const judgement = judgeTimeStampToken({
            token: read.token,
            imprint: () => imprint,
            anchors: [root.certificate],
            intermediates: [tsa.certificate],
            evidence: { crls: [], ocspResponses: [] },
            now: time,
          });
          expect(judgement.result === "passed" && judgement.time.getTime() !== time.getTime()).toBe(false);
        });
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

function survives(body: () => void): void {
  try {
    body();
  } catch (cause) {
    if (!(cause instanceof TimeStampError)) throw cause;
  }
}
