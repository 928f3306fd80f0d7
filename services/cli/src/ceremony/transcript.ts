import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

import { textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { canonicalBytes, documentDigest } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import { exitCodes } from "../exit-codes.ts";
import { openPartialFolder } from "../backup/partial-folder.ts";
import { CommandFailure } from "../terminal/index.ts";
import { scriptShape } from "./ceremony-script.ts";

const text = z.string().max(4000);
const step = z.string().max(50);
const common = { index: z.int().min(0), at: z.iso.datetime(), previous: z.string().max(80) };
const entryShape = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("begin"),
    ...common,
    type: z.literal("yinxin-ceremony-transcript"),
    script: scriptShape,
    is_rehearsal: z.boolean(),
    participants: z.record(z.string(), text),
    variables: z.record(z.string(), text),
  }),
  z.strictObject({ kind: z.literal("step-begun"), ...common, step }),
  z.strictObject({
    kind: z.literal("command"),
    ...common,
    step,
    arguments: z.array(text),
    exit_code: z.int(),
    stdout: z.string().max(200_000),
    stdout_sha256: z.string(),
    is_expected: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("confirmed"), ...common, step, typed: text }),
  z.strictObject({ kind: z.literal("recorded"), ...common, step, name: text, value: text }),
  z.strictObject({ kind: z.literal("initials"), ...common, step, participant: text, initials: text }),
  z.strictObject({ kind: z.literal("deviation"), ...common, step, text }),
  z.strictObject({ kind: z.literal("step-done"), ...common, step }),
  z.strictObject({ kind: z.literal("resumed"), ...common }),
  z.strictObject({ kind: z.literal("end"), ...common }),
]);

/**
 * One line of a transcript. `previous` is the digest of the line before it, so that no line can be changed, left out or put in without
 * the next one showing it; the digest of the last line stands for the whole.
 */
export type TranscriptEntry = z.infer<typeof entryShape>;
type WithoutPlace<Entry> = Entry extends unknown ? Omit<Entry, "index" | "at" | "previous"> : never;
/** What a caller says; number, time and link are added. */
export type NewEntry = WithoutPlace<TranscriptEntry>;

/** What the first line follows. */
const nothing = "none";
/** 200 steps with the output of commands. */
export const transcriptBytesMax: number = 64 * 1024 * 1024;

export interface TranscriptReading {
  readonly entries: readonly TranscriptEntry[];
  /** Digest of the last line. */
  readonly digest: string;
  /** How long the file is up to the last whole line. */
  readonly lengthBytes: number;
  /** The first line that is not as it was written: its number, and the step that it belongs to. */
  readonly problem?: {
    readonly index: number;
    readonly step?: string;
    readonly reason: "malformed" | "changed" | "cut";
  };
}

/** Reads a transcript and follows its chain; a last line without its end is what a power cut leaves, and is left out. Never throws for bad input. */
export function readTranscript(bytes: Uint8Array): TranscriptReading {
  const end = bytes.lastIndexOf(0x0a) + 1;
  const entries: TranscriptEntry[] = [];
  let previous = nothing;
  let at = 0;
  const found = (reason: "malformed" | "changed"): TranscriptReading => {
    // The line that breaks the chain says that the one before it is not what it was.
    const index = reason === "changed" ? entries.length - 1 : entries.length;
    const named = entries[index] ?? entries.at(-1);
    const where = named !== undefined && "step" in named ? { step: named.step } : {};
    return {
      entries,
      digest: previous,
      lengthBytes: at,
      problem: { index: Math.max(0, index), reason, ...where },
    };
  };
  while (at < end) {
    const next = bytes.indexOf(0x0a, at);
    const line = bytes.subarray(at, next);
    const entry = entryOf(line);
    if (entry === undefined) return found("malformed");
    if (entry.previous !== previous || entry.index !== entries.length) return found("changed");
    entries.push(entry);
    previous = documentDigest(line);
    at = next + 1;
  }
  return { entries, digest: previous, lengthBytes: end };
}

function entryOf(line: Uint8Array): TranscriptEntry | undefined {
  try {
    const read: unknown = JSON.parse(textOfUtf8(line));
    const entry = entryShape.safeParse(read).data;
    return documentDigest(canonicalBytes(read)) === documentDigest(line) ? entry : undefined;
  } catch {
    // Not UTF-8, not JSON, or without a canonical form: none of ours.
    return undefined;
  }
}

/** A transcript that is being written. Each entry is on the disk before the next thing happens. */
export interface Transcript {
  readonly entries: readonly TranscriptEntry[];
  readonly digest: () => string;
  append(entry: NewEntry): Promise<void>;
  close(): Promise<void>;
}

export interface TranscriptDeps {
  readonly now: () => Date;
  /** Of whoever writes: nobody else writes to the transcript meanwhile. */
  readonly processId: number;
}

/**
 * Opens a new transcript, or one that was cut short.
 *
 * @throws CommandFailure `transcript-changed` if its chain does not hold, `already-under-way` if somebody else writes it.
 */
export async function openTranscript(file: string, { now, processId }: TranscriptDeps): Promise<Transcript> {
  const claim = await openPartialFolder(file, processId);
  try {
    const handle = await open(file, "a+", 0o600);
    try {
      const { size } = await handle.stat();
      if (size > transcriptBytesMax) throw changed(file, "too-long");
      const reading = readTranscript(await readFrom(handle, size));
      if (reading.problem !== undefined) throw changed(file, String(reading.problem.index + 1));
      // Half a line of a process that was killed.
      await handle.truncate(reading.lengthBytes);
      return writerOf(handle, reading, { now, release: () => claim.remove() });
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  } catch (cause) {
    await claim.remove();
    throw cause;
  }
}

function changed(file: string, line: string): CommandFailure {
  return new CommandFailure(
    "transcript-changed",
    {
      zh: `${file} 第 ${line} 行被改动过，不能继续。`,
      en: `${file} was changed at line ${line}; it does not go on.`,
    },
    {
      exitCode: exitCodes.invalid,
      next: {
        zh: "保留这份文件作为证据，以另一个 --transcript 重新开始。",
        en: "Keep the file as evidence, and begin again with another --transcript.",
      },
    },
  );
}

async function readFrom(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await handle.read(bytes, 0, size, 0);
  return bytes.subarray(0, bytesRead);
}

function writerOf(
  handle: FileHandle,
  reading: TranscriptReading,
  { now, release }: { readonly now: () => Date; readonly release: () => Promise<void> },
): Transcript {
  const entries = [...reading.entries];
  let previous = reading.digest;
  return {
    entries,
    digest: () => previous,
    append: async (entry) => {
      const whole = { ...entry, index: entries.length, at: now().toISOString(), previous };
      const line = canonicalBytes(whole);
      await handle.appendFile(Buffer.concat([line, utf8Of("\n")]));
      await handle.sync();
      previous = documentDigest(line);
      entries.push(whole);
    },
    close: async () => {
      await handle.close();
      await release();
    },
  };
}
