import { closeSync, openSync, readSync, statSync } from "node:fs";

import type { ProbeProblem } from "./probe-report.ts";

/** The part of an ELF header that says for which machine the file is. */
const headerOctets = 20;
const magic = Buffer.from("\u007fELF", "latin1");
const sharedObject = 3;

/** e_machine of the ELF specification, for the machines that Node runs on. */
const machines: ReadonlyMap<number, string> = new Map([
  [3, "ia32"],
  [40, "arm"],
  [62, "x64"],
  [183, "arm64"],
  [243, "riscv64"],
  [258, "loong64"],
]);

/**
 * Why a file cannot be a library for this machine, before anything of it is loaded; undefined if it may be one. The loader would
 * say it too, less plainly.
 *
 * @param machine as `process.arch`.
 */
export function problemOfFile(path: string, machine: string): ProbeProblem | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return notLoadable("there is no such file");
  if (!stats.isFile()) return notLoadable("it is not a regular file");
  const header = Buffer.alloc(headerOctets);
  let length = 0;
  try {
    const file = openSync(path, "r");
    try {
      length = readSync(file, header, 0, headerOctets, 0);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    return notLoadable(cause instanceof Error ? cause.message : "it cannot be read");
  }
  return problemOfHeader(header.subarray(0, length), machine);
}

function problemOfHeader(header: Buffer, machine: string): ProbeProblem | undefined {
  if (header.length < headerOctets || !header.subarray(0, 4).equals(magic)) {
    return notLoadable("it is not a library: its first octets are not those of an ELF file");
  }
  const isBigEndian = header[5] === 2;
  const type = isBigEndian ? header.readUInt16BE(16) : header.readUInt16LE(16);
  const number = isBigEndian ? header.readUInt16BE(18) : header.readUInt16LE(18);
  const found = machines.get(number) ?? `machine ${String(number)}`;
  if (found !== machine) return notLoadable(`it is for ${found}, and this machine is ${machine}`);
  if (type !== sharedObject) return notLoadable("it is a program or an object file, not a shared library");
  return undefined;
}

function notLoadable(message: string): ProbeProblem {
  return { code: "library-not-loadable", message };
}
