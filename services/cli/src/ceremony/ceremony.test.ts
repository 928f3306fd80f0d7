import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { issueCertificate } from "@yinxin/crypto/issuing";
import { generateKey, createSoftwareSigner } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import { canonicalBytes, signStatement } from "@yinxin/service-kit/approvals";
import qrcode from "qrcode-generator";
import { afterAll, describe, expect, it } from "vitest";

import { createTestTerminal } from "../../test/test-terminal.ts";
import { keyJsonOf } from "../keys/describe-key.ts";
import { renderJson } from "../terminal/index.ts";
import { filled, scriptShape } from "./ceremony-script.ts";
import type { CeremonyScript } from "./ceremony-script.ts";
import { qrCodeOf } from "./qr-code.ts";
import { beginCeremony } from "./begin-ceremony.ts";
import { previewOf, renderPreview } from "./preview-ceremony.ts";
import { runCeremony } from "./run-ceremony.ts";
import { isAnswer, isExpectedOf } from "./step-results.ts";
import { templates } from "./templates/index.ts";
import { openTranscript, readTranscript } from "./transcript.ts";
import type { TranscriptEntry } from "./transcript.ts";
import { verifyCeremony } from "./verify-ceremony.ts";
import { checkSteps } from "./verify-steps.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-ceremony-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const both = (text: string) => ({ zh: text, en: text });
const script: CeremonyScript = {
  type: "yinxin-ceremony-script",
  name: "small",
  title: both("small"),
  participants: [
    { id: "leader", role: both("leader") },
    { id: "auditor", role: both("auditor") },
  ],
  variables: [{ name: "store", title: both("store"), value: "file:/x", rehearsal: "file:/x" }],
  steps: [
    {
      id: "presence",
      title: both("who"),
      reader: "leader",
      text: both("t"),
      record: [{ name: "place", title: both("place"), example: "x" }],
      initials: ["leader", "auditor"],
    },
    {
      id: "make",
      title: both("make"),
      reader: "leader",
      text: both("t"),
      command: ["keys", "list", "--store", "{{store}}"],
      expect: { stdout_equals: "[]" },
      initials: ["auditor"],
    },
    {
      id: "look",
      title: both("look"),
      reader: "auditor",
      text: both("t"),
      confirm: both("no network"),
      initials: [],
    },
  ],
};

interface Scene {
  /** What is answered, by the beginning of the question; else what is suggested. */
  readonly answers?: readonly (readonly [string, string])[];
  readonly outputs?: readonly string[];
  /** The question at which the power goes. */
  readonly diesAt?: number;
}

const opening = { now: () => new Date("2026-11-22T02:00:00Z"), processId: process.pid };

async function play(
  file: string,
  { answers = [], outputs = [], diesAt = Number.POSITIVE_INFINITY }: Scene = {},
) {
  const left = [...answers];
  const said = [...outputs];
  const ran: string[][] = [];
  let asked = 0;
  const transcript = await openTranscript(file, opening);
  try {
    if (transcript.entries.length === 0)
      await transcript.append({
        kind: "begin",
        type: "yinxin-ceremony-transcript",
        script,
        is_rehearsal: false,
        participants: { leader: "李强", auditor: "赵敏" },
        variables: { store: "file:/x" },
      });
    await runCeremony({
      terminal: createTestTerminal(),
      transcript,
      runYinxin: (args) => {
        ran.push([...args]);
        return Promise.resolve({ exitCode: 0, stdout: said.shift() ?? "[]\n" });
      },
      ask: (question, suggested) => {
        asked += 1;
        if (asked > diesAt) return Promise.reject(new Error("power"));
        const at = left.findIndex(([beginning]) => question.includes(beginning));
        return Promise.resolve(at < 0 ? suggested : (left.splice(at, 1)[0]?.[1] ?? ""));
      },
    });
  } finally {
    await transcript.close();
  }
  return { ran, asked };
}

/** Participants with certificates of one root. */
async function people(...ids: string[]) {
  const rootKey = generateKey("ES256");
  const rootSigner = createSoftwareSigner(rootKey.pkcs8);
  const notBefore = new Date("2026-01-01T00:00:00Z");
  const common = { notBefore, notAfter: new Date("2027-01-01T00:00:00Z") };
  const serial = () => Uint8Array.of(1, ...randomBytes(8));
  const root = await issueCertificate({
    ...common,
    profile: "root-ca",
    subject: [{ type: "CN", value: "root" }],
    publicKey: rootSigner.publicKey,
    serialNumber: serial(),
    issuer: { signer: rootSigner },
  });
  const signers = await Promise.all(
    ids.map(async (id) => {
      const signer = createSoftwareSigner(generateKey("ES256").pkcs8);
      const certificate = await issueCertificate({
        ...common,
        profile: "signer",
        subject: [{ type: "CN", value: id }],
        publicKey: signer.publicKey,
        serialNumber: serial(),
        issuer: { signer: rootSigner, certificate: parseCertificate(root) },
      });
      return { id, signer, certificate: parseCertificate(certificate), chain: [] };
    }),
  );
  return { anchors: [parseCertificate(root)], signers };
}

async function signed(file: string, signers: Awaited<ReturnType<typeof people>>["signers"]) {
  const { entries, digest } = readTranscript(readFileSync(file));
  const at = new Date("2026-11-22T03:00:00Z");
  const signatures = await Promise.all(
    signers.map(async (person) => {
      const statement = canonicalBytes({
        type: "yinxin-ceremony-statement",
        transcript: digest,
        entries: entries.length,
        participant: person.id,
        at: at.toISOString(),
      });
      return {
        participant: person.id,
        statement: base64Of(statement),
        signature: base64Of(await signStatement(person, statement, at)),
      };
    }),
  );
  return { type: "yinxin-ceremony-signatures", signatures };
}

describe("a ceremony", () => {
  it("is walked step by step, fills in its variables, and is proved by the participants' signatures", async () => {
    const file = join(folder, "whole.jsonl");
    const { ran } = await play(file, {
      answers: [
        ["place", ""],
        ["place", "room 4"],
        ["no network", "no net"],
      ],
    });
    expect(ran).toEqual([["keys", "list", "--store", "file:/x"]]);
    const { anchors, signers } = await people("leader", "auditor");
    const bytes = readFileSync(file);
    const signatures = await signed(file, signers);
    const verified = verifyCeremony(bytes, signatures, anchors);
    expect(verified.checks.map(({ name, result }) => `${name} ${result}`)).toEqual([
      "chain passed",
      "steps passed",
      "expected passed",
      "signature passed",
      "signature passed",
    ]);
    expect(verified.isValid).toBe(true);
    expect(readTranscript(bytes).entries).toContainEqual(
      expect.objectContaining({ kind: "recorded", step: "presence", value: "room 4" }),
    );
    // One signature is missing, is somebody else's, or is under another root.
    const [leader, auditor] = signatures.signatures;
    expect(verifyCeremony(bytes, { ...signatures, signatures: [leader] }, anchors).isValid).toBe(false);
    expect(
      verifyCeremony(
        bytes,
        { ...signatures, signatures: [leader, { ...leader, participant: "auditor" }] },
        anchors,
      ).isValid,
    ).toBe(false);
    expect(
      verifyCeremony(
        bytes,
        { ...signatures, signatures: [leader, { ...auditor, signature: leader?.signature }] },
        anchors,
      ).isValid,
    ).toBe(false);
    expect(verifyCeremony(bytes, signatures, (await people("leader")).anchors).isValid).toBe(false);
    expect(verifyCeremony(bytes, "none", anchors).isValid).toBe(false);
  });

  it("is not proved by one who signs as several, nor by what it says of itself against what it shows", async () => {
    const file = join(folder, "alone.jsonl");
    await play(file);
    const { anchors, signers } = await people("leader", "auditor");
    const [leader] = signers;
    const alone = signers.map(({ id }) => ({ ...leader, id }) as (typeof signers)[number]);
    const verified = verifyCeremony(readFileSync(file), await signed(file, alone), anchors);
    expect(verified.checks.at(-1)).toMatchObject({
      result: "failed",
      detail: { en: expect.stringContaining("signed with the key of leader") as string },
    });
    const entries = readTranscript(readFileSync(file)).entries;
    const [begin] = entries;
    if (begin?.kind !== "begin") throw new Error("no beginning");
    const lies: readonly (readonly [string, (entry: TranscriptEntry) => TranscriptEntry | undefined])[] = [
      ["step make", (entry) => (entry.kind === "command" ? undefined : entry)],
      ["step make", (entry) => (entry.kind === "command" ? { ...entry, stdout: "[1]" } : entry)],
      ["step make", (entry) => (entry.kind === "command" ? { ...entry, exit_code: 1 } : entry)],
      ["step make", (entry) => (entry.kind === "command" ? { ...entry, arguments: ["--version"] } : entry)],
      ["step look", (entry) => (entry.kind === "confirmed" ? { ...entry, typed: "yes" } : entry)],
      ["step look", (entry) => (entry.kind === "confirmed" ? undefined : entry)],
      ["step presence", (entry) => (entry.kind === "recorded" ? undefined : entry)],
      ["step presence", (entry) => (entry.kind === "initials" ? undefined : entry)],
    ];
    for (const [step, lie] of lies) {
      const [, told] = checkSteps(
        begin,
        entries.flatMap((entry) => lie(entry) ?? []),
      );
      expect(told).toMatchObject({ name: "expected", result: "failed" });
      expect(told?.detail.en).toContain(step);
    }
  });

  it("names the step that was changed, left out, moved or put in, whichever line it is", async () => {
    const file = join(folder, "changed.jsonl");
    await play(file);
    const { anchors, signers } = await people("leader", "auditor");
    const signatures = await signed(file, signers);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const check = (changed: readonly string[]) => {
      const { isValid, checks } = verifyCeremony(utf8Of(`${changed.join("\n")}\n`), signatures, anchors);
      return {
        isValid,
        detail: checks
          .filter(({ result }) => result === "failed")
          .map(({ detail }) => detail.en)
          .join("; "),
      };
    };
    expect(check(lines).isValid).toBe(true);
    for (const [at, line] of lines.entries()) {
      const { step } = JSON.parse(line) as { step?: string };
      const later = check(lines.with(at, line.replace("T02:00:00", "T02:00:01")));
      expect(later.isValid).toBe(false);
      expect(later.detail).toContain(
        at === lines.length - 1 ? "its last line was changed" : `line ${String(at + 1)}`,
      );
      if (step !== undefined) expect(later.detail).toContain(step);
      expect(check(lines.toSpliced(at, 1)).isValid).toBe(false);
      expect(check(lines.toSpliced(at, 0, line)).isValid).toBe(false);
      expect(check(lines.with(at, "{}")).isValid).toBe(false);
    }
    expect(verifyCeremony(utf8Of(lines.join("\n")), signatures, anchors).isValid).toBe(false);
    expect(verifyCeremony(new Uint8Array(), signatures, anchors).isValid).toBe(false);
    expect(verifyCeremony(Uint8Array.from(randomBytes(400)), signatures, anchors).isValid).toBe(false);
  });

  it("goes on after a power cut at any question, and after half a line", async () => {
    const { asked } = await play(join(folder, "count.jsonl"));
    for (let at = 0; at < asked; at += 1) {
      const file = join(folder, `cut-${String(at)}.jsonl`);
      await expect(play(file, { diesAt: at })).rejects.toThrow("power");
      appendFileSync(file, '{"kind":"step-do');
      await play(file);
      const { entries, problem } = readTranscript(readFileSync(file));
      expect(problem).toBeUndefined();
      expect(entries.filter(({ kind }) => kind === "resumed")).toHaveLength(1);
      expect(entries.flatMap((entry) => (entry.kind === "step-done" ? [entry.step] : []))).toEqual([
        "presence",
        "make",
        "look",
      ]);
    }
    const file = join(folder, "edited.jsonl");
    await expect(play(file, { diesAt: 3 })).rejects.toThrow("power");
    writeFileSync(file, readFileSync(file, "utf8").replace("T02:00:00", "T02:00:01"));
    await expect(play(file)).rejects.toMatchObject({ code: "transcript-changed" });
  });

  it("repeats a step whose result is another, or goes on with a deviation that is noted", async () => {
    const again = join(folder, "again.jsonl");
    expect(
      (await play(again, { outputs: ["[1]\n", "[]\n"], answers: [["not what the script expects", ""]] })).ran,
    ).toHaveLength(2);
    const verified = verifyCeremony(readFileSync(again), undefined, []);
    expect(verified.checks).toContainEqual(expect.objectContaining({ name: "expected", result: "passed" }));
    const odd = join(folder, "odd.jsonl");
    await play(odd, {
      outputs: ["[1]\n"],
      answers: [
        ["not what the script expects", "!"],
        ["otherwise", "an old key was left"],
      ],
    });
    expect(verifyCeremony(readFileSync(odd), undefined, []).checks).toContainEqual({
      name: "deviations",
      result: "noted",
      detail: { zh: "步骤 make：an old key was left", en: "step make: an old key was left" },
    });
  });
});

describe("a transcript that is there already", () => {
  const begun = async (file: string, scratch?: string, of = script): Promise<unknown> => {
    const transcript = await openTranscript(file, opening);
    try {
      return await beginCeremony(
        { transcript, script: of, scratch, file },
        createTestTerminal({ answers: ["李强", "赵敏"] }),
      ).catch((cause: unknown) => cause);
    } finally {
      await transcript.close();
    }
  };

  it("is gone on with by the same script only, and never by a rehearsal or after one", async () => {
    const [real, rehearsed] = [join(folder, "real.jsonl"), join(folder, "rehearsed.jsonl")];
    expect(await begun(real)).toBeUndefined();
    expect(await begun(real)).toBeUndefined();
    expect(await begun(real, "/scratch")).toMatchObject({ code: "ceremony-under-way" });
    expect(await begun(real, undefined, { ...script, name: "other" })).toMatchObject({
      code: "script-changed",
    });
    expect(await begun(rehearsed, "/scratch")).toBeUndefined();
    expect(await begun(rehearsed, "/scratch")).toMatchObject({ code: "rehearsal-not-resumed" });
    expect(await begun(rehearsed)).toMatchObject({ code: "rehearsal-not-resumed" });
    const ended = join(folder, "ended.jsonl");
    await play(ended);
    expect(await begun(ended)).toMatchObject({ code: "ceremony-ended" });
  });

  it("is written by one process at a time", async () => {
    const file = join(folder, "busy.jsonl");
    const first = await openTranscript(file, { ...opening, processId: process.ppid });
    await expect(openTranscript(file, opening)).rejects.toMatchObject({ code: "already-under-way" });
    await first.close();
    await (await openTranscript(file, opening)).close();
  });

  it("does not begin without names", async () => {
    const transcript = await openTranscript(join(folder, "nameless.jsonl"), opening);
    const terminal = createTestTerminal({ answers: [] });
    await expect(
      beginCeremony({ transcript, script, scratch: undefined, file: "x" }, terminal),
    ).rejects.toMatchObject({ code: "nothing-typed" });
    await transcript.close();
  });
});

describe("a preview", () => {
  it.each(["zh", "en"] as const)("says each step of a ceremony, in %s", (language) => {
    const [template = script] = templates;
    const text = renderPreview(template, language);
    for (const step of template.steps) expect(text).toContain(step.title[language]);
    expect(text).toContain("$ yinxin keys list --store {{store}} --json");
    expect(previewOf(template, language)).toMatchObject({
      dryRun: true,
      askedFor: template.variables.filter(({ value }) => value === undefined).map(({ name }) => name),
    });
  });
});

describe("the templates", () => {
  it.each(templates)("$name is a script whose variables are all named, in both languages", (template) => {
    expect(scriptShape.safeParse(template).error).toBeUndefined();
    const values = Object.fromEntries(template.variables.map(({ name }) => [name, "x"]));
    for (const step of template.steps) {
      for (const text of [...(step.command ?? []), step.text.zh, step.text.en])
        expect(filled(text, values)).not.toContain("{{");
      expect(step.record?.every((field) => isAnswer(field, field.example)) ?? true, step.id).toBe(true);
    }
  });

  it("ask what reviews of ceremonies found missing: foreign keys, 80 bits, capabilities, the device's log", () => {
    for (const name of ["first-keys", "root-key", "officer-replacement"]) {
      const steps = templates.find((each) => each.name === name)?.steps.map(({ id }) => id);
      expect(steps).toEqual(
        expect.arrayContaining(["reset", "empty", "passwords", "capabilities", "device-log"]),
      );
    }
    const bits = templates[0]?.steps.find(({ id }) => id === "passwords")?.record?.[0];
    expect(["79", "80", "many", ""].map((typed) => bits !== undefined && isAnswer(bits, typed))).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it("fail at a key that can be taken out or was brought in, as keys list prints it", () => {
    const step = templates[0]?.steps.find(({ id }) => id === "capabilities");
    type Key = Parameters<typeof keyJsonOf>[0];
    const listed = (attributes: Key["attributes"]): boolean => {
      const key: Key = {
        uri: "file:k",
        label: "k",
        algorithm: "SM2",
        publicKey: new Uint8Array(1),
        attributes,
      };
      const stdout = renderJson([keyJsonOf(key)]);
      return step !== undefined && isExpectedOf(step, { exitCode: 0, stdout, sha256: "" });
    };
    expect(step?.command).toEqual(["keys", "list", "--store", "{{store}}", "--json"]);
    expect(listed({ local: true, extractable: false, neverExtractable: true })).toBe(true);
    expect(listed({ local: true, extractable: true })).toBe(false);
    expect(listed({ local: false, extractable: false })).toBe(false);
  });

  it("are refused where a step is named twice or somebody unknown reads it", () => {
    const [step] = script.steps;
    expect(scriptShape.safeParse({ ...script, steps: [step, step] }).success).toBe(false);
    expect(scriptShape.safeParse({ ...script, steps: [{ ...step, reader: "nobody" }] }).success).toBe(false);
    const [one] = script.participants;
    expect(scriptShape.safeParse({ ...script, participants: [one, ...script.participants] }).success).toBe(
      false,
    );
    const field = { name: "place", title: both("place"), example: "x", pattern: "(" };
    for (const wrong of [{ record: [field] }, { command: ["{{nowhere}}"] }, { text: both("{{nowhere}}") }])
      expect(scriptShape.safeParse({ ...script, steps: [{ ...step, ...wrong }] }).success).toBe(false);
  });
});

describe("the QR code", () => {
  it("has every module of the code in half blocks, with a light border", () => {
    const text = `sm3:${"ab".repeat(32)}`;
    const code = qrcode(0, "M");
    code.addData(text, "Byte");
    code.make();
    const size = code.getModuleCount();
    const lines = qrCodeOf(text).trimEnd().split("\n");
    const isLight = (row: number, column: number) => {
      const character = Array.from(lines[row >> 1] ?? "")[column] ?? "";
      return (row % 2 === 0 ? "█▀" : "█▄").includes(character);
    };
    for (let row = -2; row < size + 2; row += 1) {
      for (let column = -2; column < size + 2; column += 1) {
        const isInside = row >= 0 && column >= 0 && row < size && column < size;
        expect(isLight(row + 2, column + 2)).toBe(!(isInside && code.isDark(row, column)));
      }
    }
  });
});
