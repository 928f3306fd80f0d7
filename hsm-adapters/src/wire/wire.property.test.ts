import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { KeyStoreError, keyStoreErrorCodes } from "../key-store/index.ts";
import {
  decodeWireValue,
  encodeWireValue,
  FrameReader,
  FrameWriter,
  readKeyStoreError,
  WireError,
} from "./index.ts";
import { encodeKeyStoreError } from "./wire-key-store-error.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const { value: wireValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(undefined, null, true, false, "__proto__"),
    fc.double(),
    text,
    bytes,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5 }),
  ),
}));

/** What a reader makes of the octets: the value, or the one error that it may throw. */
function outcomeOf(octets: Uint8Array): unknown {
  try {
    return decodeWireValue(octets);
  } catch (cause) {
    if (cause instanceof WireError) return "refused";
    throw cause;
  }
}

describe("a value by wire", () => {
  it("comes out as it went in", () => {
    fc.assert(
      fc.property(wireValue, (value) => {
        expect(decodeWireValue(encodeWireValue(value))).toEqual(value);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("is refused, or is another one, after any change, and nothing else happens", () => {
    fc.assert(
      fc.property(wireValue, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
        const octets = encodeWireValue(value);
        const at = place % octets.length;
        octets[at] = (octets[at] ?? 0) ^ change;
        outcomeOf(octets);
        expect(outcomeOf(octets.subarray(0, at))).toBe("refused");
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it.each([
    ["a function", () => undefined],
    ["an object of a class", new Date(0)],
    ["a big integer", 1n],
    ["an object in itself", Object.assign([], { 0: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]] })],
  ])("is never %s", (_, value) => {
    expect(() => encodeWireValue(value)).toThrow(WireError);
  });

  it.each([
    ["no octets", []],
    ["a mark of nothing", [9]],
    ["an octet too many", [0, 0]],
    ["a text that is not UTF-8", [5, 0, 0, 0, 1, 0xff]],
    ["a list longer than the frame", [7, 0xff, 0xff, 0xff, 0xff, 0]],
    ["a member twice", [8, 0, 0, 0, 2, 0, 0, 0, 1, 97, 0, 0, 0, 0, 1, 97, 0]],
    ["lists in lists without end", Array.from({ length: 90 }, (__, at) => [7, 0, 0, 0, 1][at % 5] ?? 0)],
  ])("is not read from %s", (_, octets) => {
    expect(outcomeOf(Uint8Array.from(octets))).toBe("refused");
  });
});

describe("an error by wire", () => {
  it.each(keyStoreErrorCodes)("%s keeps its code, its words and its facts", (code) => {
    const facts = {
      uri: "pkcs11:serial=1;id=%6b" as const,
      vendor: { family: "pkcs11", number: 0x30, name: "CKR_DEVICE_ERROR", call: "C_Sign" },
      remainingTries: 2,
      supported: ["SM2"],
      seen: [],
      outcomeUnknown: true,
    };
    const error = readKeyStoreError(
      decodeWireValue(encodeKeyStoreError(new KeyStoreError(code, "印", { facts }))),
    );
    expect(error).toMatchObject({ code, message: "印" });
    expect(error.facts).toEqual(facts);
  });

  it("is short and moves no cursor, whatever a host that was taken over writes into it", () => {
    const words = `\u{1b}[2J${"x".repeat(100_000)}`;
    const sent = { code: "device-error", message: words, facts: { loaderSaid: words, seen: [words] } };
    const { message, facts } = readKeyStoreError(decodeWireValue(encodeWireValue(sent)));
    for (const text of [message, facts.loaderSaid, facts.seen?.[0]]) {
      expect(text).toMatch(/^\u{fffd}\[2Jx+$/u);
      expect(text?.length).toBeLessThanOrEqual(2_000);
    }
  });

  it("is of the closed set", () => {
    const invented = { code: "all-is-well", message: "", facts: {} };
    expect(() => readKeyStoreError(decodeWireValue(encodeWireValue(invented)))).toThrow(WireError);
  });
});

interface Frame {
  readonly call: number;
  readonly kind: number;
  readonly body: Uint8Array;
}

const frame: fc.Arbitrary<Frame> = fc.record({
  call: fc.nat(0xffff_ffff),
  kind: fc.nat(255),
  body: fc.uint8Array({ maxLength: 300 }),
});

/** One tick of writing, as the chunks that were written. */
async function written(frames: readonly Frame[]): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const writer = new FrameWriter((octets, sent) => {
    chunks.push(octets.slice());
    sent();
  });
  for (const { call, kind, body } of frames) writer.frame(call, kind, body.length).set(body);
  await new Promise((resolve) => setImmediate(resolve));
  return chunks;
}

describe("frames", () => {
  it("go in one write a tick, and come out whole however the stream is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 700 }),
        async (frames, cut) => {
          const [stream, ...more] = await written(frames);
          expect(more).toEqual([]);
          const read: Frame[] = [];
          const reader = new FrameReader((call, kind, body) => {
            read.push({ call, kind, body: new Uint8Array(body) });
          });
          for (let at = 0; at < (stream?.length ?? 0); at += cut) {
            reader.feed(Buffer.from(stream?.slice(at, at + cut) ?? []));
          }
          expect(read).toEqual(frames);
          expect(reader.isBetweenFrames).toBe(true);
        },
      ),
      { numRuns: fuzzRuns(50) },
    );
  });

  it("leave nothing of a frame in the pieces that it came in", async () => {
    const [stream = new Uint8Array()] = await written([
      { call: 1, kind: 2, body: new Uint8Array(50).fill(7) },
    ]);
    const pieces = [0, 20, 40].map((at) => Buffer.from(stream.slice(at, at + 20)));
    const reader = new FrameReader(() => undefined);
    for (const piece of pieces) reader.feed(piece);
    expect(Buffer.concat(pieces)).toEqual(Buffer.alloc(stream.length));
  });

  it("that are secret are overwritten once they are sent", async () => {
    const kept: Uint8Array[] = [];
    const writer = new FrameWriter((octets, sent) => {
      kept.push(octets);
      sent();
    });
    writer.frame(1, 2, 6, true).write("648219");
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept.map((octets) => octets.every((octet) => octet === 0))).toEqual([true]);
  });

  it.each([
    ["shorter than its head", 4],
    ["longer than the limit", 101],
    ["of four gigabytes", 0xffff_ffff],
  ])("are refused if one says that it is %s, before anything is set aside", (_, length) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    for (const pieces of [
      [Buffer.concat([head, Buffer.alloc(9)])],
      [head.subarray(0, 3), head.subarray(3)],
    ]) {
      const reader = new FrameReader(() => undefined, 100);
      expect(() => {
        for (const piece of pieces) reader.feed(Buffer.from(piece));
      }).toThrow(WireError);
    }
  });
});
