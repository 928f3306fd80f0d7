import { execFileSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import type { WeierstrassPoint, WeierstrassPointCons } from "@noble/curves/abstract/weierstrass.js";
import { p256 } from "@noble/curves/nist.js";
import { describe, expect } from "vitest";

import { toolTest } from "../../scripts/testing/tools.ts";
import { nativeSources } from "./compile.ts";

/** The second opinion on every answer of the C code. */
interface Textbook {
  readonly curve: "sm2" | "p256";
  readonly Point: WeierstrassPointCons<bigint>;
  /** The largest private key that may sign. */
  readonly largestKey: bigint;
}
type Point = WeierstrassPoint<bigint>;

/** One line for testing/exercise.c, without curve and build, and the right answer. */
interface Question {
  readonly ask: string;
  readonly answer: string;
}

const sm2Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});
const textbooks: readonly Textbook[] = [
  { curve: "sm2", Point: sm2Point, largestKey: sm2Point.Fn.ORDER - 2n },
  { curve: "p256", Point: p256.Point, largestKey: p256.Point.Fn.ORDER - 1n },
];

const maximum = (1n << 256n) - 1n;
const hex = (value: bigint): string => value.toString(16).padStart(64, "0");
const wide = (value: bigint): string => value.toString(16).padStart(128, "0");
const random256 = (): bigint => BigInt(`0x${randomBytes(32).toString("hex")}`);
const random512 = (): bigint => BigInt(`0x${randomBytes(64).toString("hex")}`);
const orderOf = ({ Point }: Textbook): bigint => Point.Fn.ORDER;
const randomScalar = ({ Point }: Textbook): bigint => (random256() % (Point.Fn.ORDER - 2n)) + 1n;

function times({ Point }: Textbook, scalar: bigint, point: Point = Point.BASE): Point {
  const reduced = Point.Fn.create(scalar);
  return reduced === 0n ? Point.ZERO : point.multiply(reduced);
}

function hexOfPoint(point: Point): string {
  const { x, y } = point.toAffine();
  return hex(x) + hex(y);
}

/** r ‖ s by GB/T 32918.2-2016 §6.1 or FIPS 186-5 §6.4.1 with this nonce; "-" for an unlucky one. */
function signBy(book: Textbook, d: bigint, e: bigint, nonce: bigint): string {
  const { Fn } = book.Point;
  const k = Fn.create(nonce);
  if (k === 0n) return "-";
  const { x } = times(book, k).toAffine();
  const [r, s] =
    book.curve === "sm2"
      ? [Fn.create(e + x), Fn.mul(Fn.inv(Fn.create(1n + d)), Fn.create(k - Fn.create(e + x) * d))]
      : [Fn.create(x), Fn.mul(Fn.inv(k), Fn.create(e + x * d))];
  if (r === 0n || s === 0n || (book.curve === "sm2" && r + k === Fn.ORDER)) return "-";
  return hex(r) + hex(s);
}

/** GB/T 32918.2-2016 §7.1 or FIPS 186-5 §6.4.2. */
function verifyBy(book: Textbook, key: Point, e: bigint, r: bigint, s: bigint): "0" | "1" {
  const { Fn } = book.Point;
  if (r < 1n || r >= Fn.ORDER || s < 1n || s >= Fn.ORDER) return "0";
  const isSm2 = book.curve === "sm2";
  const [u, v] = isSm2 ? [s, Fn.create(r + s)] : [Fn.mul(Fn.create(e), Fn.inv(s)), Fn.mul(r, Fn.inv(s))];
  if (v === 0n) return "0";
  const sum = times(book, u).add(times(book, v, key));
  if (sum.is0()) return "0";
  return Fn.create((isSm2 ? e : 0n) + sum.toAffine().x) === r ? "1" : "0";
}

/** Numbers at which carries, windows and reductions change. */
function edgesOf(book: Textbook): bigint[] {
  const n = orderOf(book);
  const nearOrder = [...Array.from({ length: 40 }, (_, i) => n - BigInt(i)), n + 1n];
  const windows = [5n, 7n, 63n, 64n, 128n, 192n, 250n, 252n, 255n].flatMap((bit) => [
    1n << bit,
    (1n << bit) - 1n,
  ]);
  return [0n, 1n, 2n, 15n, 16n, 17n, 31n, 32n, 33n, ...windows, ...nearOrder, maximum];
}

function pointQuestions(book: Textbook): Question[] {
  return [...edgesOf(book), random256(), random256()].map((d) => ({
    ask: `point ${hex(d)}`,
    answer: d < 1n || d >= orderOf(book) ? "-" : hexOfPoint(times(book, d)),
  }));
}

function multiplyQuestions(book: Textbook): Question[] {
  const points = [book.Point.BASE, times(book, -1n), times(book, randomScalar(book))];
  return points.flatMap((point) =>
    [...edgesOf(book), random256()].map((scalar) => {
      const product = times(book, scalar, point);
      return {
        ask: `multiply ${hexOfPoint(point)} ${hex(scalar)}`,
        answer: product.is0() ? "0" : hexOfPoint(product),
      };
    }),
  );
}

/** Coordinates that are no point: off the curve, the origin, and a point written with a number that is not below p. */
function refusedPoints(book: Textbook): string[] {
  const { Fp } = book.Point;
  const { x, y } = times(book, randomScalar(book)).toAffine();
  const small = pointWithX(book, 1n);
  return [
    hex(x) + hex(y ^ 1n),
    hex(y) + hex(x),
    hex(0n) + hex(0n),
    hex(maximum) + hex(maximum),
    hex(Fp.ORDER) + hex(y),
    hex(small.x + Fp.ORDER) + hex(small.y),
  ];
}

/** The first point whose x is this number or one of the next. */
function pointWithX(book: Textbook, from: bigint): { x: bigint; y: bigint } {
  for (let x = from; ; x += 1n) {
    try {
      return book.Point.fromHex(`02${hex(x)}`).toAffine();
    } catch {
      // No point has this x.
    }
  }
}

function refusalQuestions(book: Textbook): Question[] {
  return refusedPoints(book).flatMap((point) => [
    { ask: `multiply ${point} ${hex(1n)}`, answer: "-" },
    { ask: `verify 0 ${point} ${hex(1n)} ${hex(1n)}${hex(1n)}`, answer: "-" },
    { ask: `verify 1 ${point} ${hex(1n)} ${hex(1n)}${hex(1n)}`, answer: "-" },
  ]);
}

/** e, nonce and key for which r = 0, s = 0 or r + k = n, beside edges and random ones. */
function signQuestions(book: Textbook): Question[] {
  const { Fn } = book.Point;
  const isSm2 = book.curve === "sm2";
  const [d, k] = [randomScalar(book), randomScalar(book)];
  const { x } = times(book, k).toAffine();
  const cases: [bigint, bigint, bigint][] = [
    ...[0n, Fn.ORDER, Fn.ORDER << 200n].map((nonce): [bigint, bigint, bigint] => [d, 1n, nonce]),
    ...[1n, Fn.ORDER - 1n, Fn.ORDER + 1n, (1n << 512n) - 1n].map((nonce): [bigint, bigint, bigint] => [
      d,
      7n,
      nonce,
    ]),
    ...[0n, Fn.ORDER - 1n, Fn.ORDER, maximum].map((e): [bigint, bigint, bigint] => [d, e, k]),
    isSm2 ? [d, Fn.create(-x), k] : [d, Fn.create(-x * d), k],
    ...(isSm2 ? [[d, Fn.create(-k - x), k] satisfies [bigint, bigint, bigint]] : []),
    ...(isSm2 ? [[d, Fn.create(k * Fn.inv(d) - x), k] satisfies [bigint, bigint, bigint]] : []),
    ...[1n, 2n, book.largestKey].map((key): [bigint, bigint, bigint] => [key, random256(), random512()]),
    ...Array.from({ length: 20 }, (): [bigint, bigint, bigint] => [
      randomScalar(book),
      random256(),
      random512(),
    ]),
  ];
  const refusedKeys = [0n, book.largestKey + 1n, Fn.ORDER, maximum];
  return [
    ...cases.map(([key, e, nonce]) => ({
      ask: `nonced ${hex(key)} ${hex(e)} ${wide(nonce)}`,
      answer: signBy(book, key, e, nonce),
    })),
    ...refusedKeys.map((key) => ({ ask: `nonced ${hex(key)} ${hex(1n)} ${wide(1n)}`, answer: "-" })),
    ...[1, 2, 64].map((count) => hedgedQuestion(book, d, count)),
    batchQuestion(book, d, 64),
    batchQuestion(book, d, 3),
    { ask: `nonced ${hex(d)} ${hex(1n)} ${wide(1n)} ${hex(1n)} ${wide(0n)}`, answer: "-" },
  ];
}

/** HMAC-SHA-512(d, e ‖ random ‖ 0), the nonce of both engines. */
function hedgedNonce(d: bigint, e: bigint, random: bigint): bigint {
  const hmac = createHmac("sha512", Buffer.from(hex(d), "hex"));
  return BigInt(`0x${hmac.update(Buffer.from(`${hex(e)}${hex(random)}00`, "hex")).digest("hex")}`);
}

function hedgedQuestion(book: Textbook, d: bigint, count: number): Question {
  const requests = Array.from({ length: count }, () => ({ e: random256(), random: random256() }));
  return {
    ask: `sign ${hex(d)} ${requests.map(({ e, random }) => `${hex(e)} ${hex(random)}`).join(" ")}`,
    answer: requests.map(({ e, random }) => signBy(book, d, e, hedgedNonce(d, e, random))).join(""),
  };
}

function batchQuestion(book: Textbook, d: bigint, count: number): Question {
  const requests = Array.from({ length: count }, () => ({ e: random256(), nonce: random512() }));
  return {
    ask: `nonced ${hex(d)} ${requests.map(({ e, nonce }) => `${hex(e)} ${wide(nonce)}`).join(" ")}`,
    answer: requests.map(({ e, nonce }) => signBy(book, d, e, nonce)).join(""),
  };
}

interface Signed {
  readonly key: Point;
  readonly e: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

/** Signatures whose sum u·G + v·P meets a special case: twice the same point, infinity, an x that is n or more. */
function specialSignatures(book: Textbook): Signed[] {
  const { Fn, Fp } = book.Point;
  const isSm2 = book.curve === "sm2";
  const made: Signed[] = [];
  for (const u of [1n, Fn.ORDER - 1n, randomScalar(book)]) {
    for (const [d, meets] of [[randomScalar(book), 1n] as const, [randomScalar(book), -1n] as const]) {
      const v = Fn.create(meets * u * Fn.inv(d));
      const sum = times(book, u).add(times(book, v, times(book, d)));
      const x = sum.is0() ? 1n : sum.toAffine().x;
      const r = isSm2 ? Fn.create(v - u) : Fn.create(x);
      const s = isSm2 ? u : Fn.mul(r, Fn.inv(v));
      made.push({ key: times(book, d), r, s, e: isSm2 ? Fn.create(r - x) : Fn.create(u * s) });
    }
  }
  const beyond = book.Point.fromAffine(pointWithX(book, Fn.ORDER));
  const [s, e] = [randomScalar(book), randomScalar(book)];
  const x = beyond.toAffine().x;
  expect(x > Fn.ORDER && x < Fp.ORDER).toBe(true);
  const r = Fn.create(isSm2 ? e + x : x);
  const [u, v] = isSm2 ? [s, Fn.create(r + s)] : [Fn.mul(e, Fn.inv(s)), Fn.mul(r, Fn.inv(s))];
  made.push({ key: times(book, Fn.inv(v), beyond.subtract(times(book, u))), e, r, s });
  return made;
}

function forgedOf(book: Textbook, { key, e, r, s }: Signed): Signed[] {
  const n = orderOf(book);
  return [
    { key, e: e ^ 1n, r, s },
    { key, e, r: r ^ 1n, s },
    { key, e, r, s: s ^ 1n },
    { key, e, r: s, s: r },
    { key, e, r, s: n - s },
    { key, e, r: n - s, s },
    { key: key.negate(), e, r, s },
    ...[0n, n, maximum].flatMap((value) => [
      { key, e, r: value, s },
      { key, e, r, s: value },
    ]),
    ...(r + n <= maximum ? [{ key, e, r: r + n, s }] : []),
  ];
}

function verifyQuestions(book: Textbook): Question[] {
  const signed = [randomScalar(book), 1n, book.largestKey].map((d) => {
    const e = random256();
    const made = signBy(book, d, e, randomScalar(book));
    return {
      key: times(book, d),
      e,
      r: BigInt(`0x${made.slice(0, 64)}`),
      s: BigInt(`0x${made.slice(64)}`),
    };
  });
  const special = specialSignatures(book);
  const genuine = [...signed, ...special];
  expect(genuine.filter((one) => verifyBy(book, one.key, one.e, one.r, one.s) === "1")).toHaveLength(7);
  return [...genuine, ...signed.flatMap((one) => forgedOf(book, one))].flatMap((one) =>
    ["0", "1"].map((table) => ({
      ask: `verify ${table} ${hexOfPoint(one.key)} ${hex(one.e)} ${hex(one.r)}${hex(one.s)}`,
      answer: verifyBy(book, one.key, one.e, one.r, one.s),
    })),
  );
}

function questionsOf(book: Textbook): Question[] {
  return [
    ...pointQuestions(book),
    ...multiplyQuestions(book),
    ...refusalQuestions(book),
    ...signQuestions(book),
    ...verifyQuestions(book),
  ];
}

/** Asks the program a line each. A sanitizer's finding ends it with an error. */
function answersOf(program: string, lines: readonly string[]): string[] {
  const output = execFileSync(program, { input: `${lines.join("\n")}\n`, maxBuffer: 1 << 26 });
  return output.toString().trimEnd().split("\n");
}

/** Gives `use` the curves compiled with the sanitizers. */
function withExercise(flags: readonly string[], use: (program: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-native-"));
  try {
    const program = join(folder, "exercise");
    const sources = nativeSources().filter((path) => !path.endsWith("addon.c"));
    execFileSync("gcc", [
      ...["-std=c11", "-Og", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined"],
      ...["-fno-sanitize-recover=all", "-pthread", ...flags, ...sources],
      ...[join(import.meta.dirname, "testing/exercise.c"), "-o", program],
    ]);
    use(program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the C code, under the address and undefined-behaviour sanitizers", () => {
  const questions = textbooks.map((book) => ({ book, list: questionsOf(book) }));

  /** Every answer that differs from the textbook's. */
  function wrongAnswers(program: string, builds: readonly string[]): string[] {
    const asked = questions.flatMap(({ book, list }) =>
      builds.flatMap((build) =>
        list.map(({ ask, answer }) => ({ line: `${book.curve} ${build} ${ask}`, answer })),
      ),
    );
    const answers = answersOf(
      program,
      asked.map(({ line }) => line),
    );
    expect(answers).toHaveLength(asked.length);
    return asked
      .filter(({ answer }, index) => answers[index] !== answer)
      .map(({ line, answer }) => `${line}: ${answer}`);
  }

  toolTest(["gcc"], "computes what a textbook computes, special cases and forgeries included", () => {
    withExercise([], (program) => {
      const [builds = ""] = answersOf(program, ["builds"]);
      expect(builds).toMatch(/^portable( fast)?$/);
      expect(wrongAnswers(program, builds.split(" "))).toEqual([]);
    });
  });

  toolTest(["gcc"], "computes the same where the compiler has no 128-bit integers", () => {
    withExercise(["-U__SIZEOF_INT128__"], (program) => {
      expect(wrongAnswers(program, ["portable"])).toEqual([]);
    });
  });
});
