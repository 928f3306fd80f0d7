import { open, rename } from "node:fs/promises";

import { exitCodes } from "../exit-codes.ts";
import { CommandFailure, readWhole } from "../terminal/index.ts";
import { scriptBytesMax } from "./ceremony-script.ts";
import { signaturesShape } from "./verify-ceremony.ts";
import type { CeremonySignatures } from "./verify-ceremony.ts";

/** What the participants signed so far. @throws CommandFailure `signatures-malformed`; FileError */
export async function readSignatures(file: string): Promise<CeremonySignatures> {
  const text = await readIfThere(`${file}.signatures.json`);
  if (text === undefined) return { type: "yinxin-ceremony-signatures", signatures: [] };
  try {
    return signaturesShape.parse(JSON.parse(new TextDecoder().decode(text)));
  } catch (cause) {
    throw new CommandFailure(
      "signatures-malformed",
      { zh: `${file}.signatures.json 有误。`, en: `${file}.signatures.json is no file of signatures.` },
      {
        cause,
        exitCode: exitCodes.invalid,
        next: {
          zh: "换用完好的副本；没有的话移走它，由各参与者重新签署。",
          en: "Take a whole copy; without one, move it away and let each participant sign again.",
        },
      },
    );
  }
}

/** Only what is not there is nothing: a file that cannot be read must not be written over. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readWhole(path, scriptBytesMax);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.cause : undefined;
    if (reason instanceof Error && "code" in reason && reason.code === "ENOENT") return undefined;
    throw cause;
  }
}

/** Who signs again replaces their signature. */
export async function addSignature(
  file: string,
  signed: CeremonySignatures["signatures"][number],
): Promise<void> {
  const { signatures, type } = await readSignatures(file);
  const others = signatures.filter(({ participant }) => participant !== signed.participant);
  const path = `${file}.signatures.json`;
  const handle = await open(`${path}.partial`, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ type, signatures: [...others, signed] }, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.partial`, path);
}
