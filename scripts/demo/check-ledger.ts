import { base64Of, bytesOfBase64, utf8Of } from "@yinxin/crypto/bytes";
import {
  leafHash,
  parseCheckpoint,
  parseNoteKey,
  verifyInclusion,
  verifyNote,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import { z } from "zod";

import type { Layout } from "./layout.ts";
import { demoFiles } from "./prepare.ts";
import { readSeeded } from "./seed-suite.ts";
import { expectThat } from "./self-check.ts";
import { openPublicClient, verifyBy } from "./suite-client.ts";
import type { SuiteClient } from "./suite-client.ts";

const attestationSchema = z.object({
  attested: z.boolean(),
  proof: z
    .object({
      leaf_index: z.int(),
      leaf: z.string(),
      tree_size: z.int(),
      inclusion_proof: z.array(z.base64()),
      checkpoint: z.string(),
    })
    .optional(),
});
const licenseSchema = z.object({ identifier: z.string(), fields_root: z.string() });
const leafSchema = z.object({ fields: z.string() });

/**
 * Takes the document of the first license, has it verified, asks anonymously whether the ledger holds it, and checks the
 * proof here, from the leaf to the signed checkpoint: with the log's public key and without the ledger's help.
 */
export async function checkLedger(layout: Layout, suite: SuiteClient): Promise<string> {
  const [id = ""] = readSeeded(demoFiles(layout.data).seeded).license_ids;
  const path = `/v1/licenses/${encodeURIComponent(id)}`;
  const license = await suite.ledger.send({ method: "GET", path, reply: licenseSchema });
  const { content } = await suite.ledger.sendForBytes({ method: "GET", path: `${path}/document` });
  const report = await verifyBy(openPublicClient(layout, "seal"), { name: "license.ofd", bytes: content });
  expectThat(
    report.verdict === "VALID_WITH_WARNINGS",
    `the license's document is ${report.verdict}: ${report.summary}`,
  );

  const { proof } = await attest(layout, content);
  if (proof === undefined) throw new Error("the ledger does not know the license it issued");
  const { fields } = leafSchema.parse(JSON.parse(proof.leaf));
  expectThat(fields === license.fields_root, "leaf and license commit to different data");
  await checkProof(layout, proof);

  const changed = Uint8Array.from(content);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 0x01;
  expectThat(!(await attest(layout, changed)).attested, "the ledger attests a changed document");
  return `leaf ${String(proof.leaf_index)} of ${String(proof.tree_size)}`;
}

function attest(layout: Layout, document: Uint8Array): Promise<z.infer<typeof attestationSchema>> {
  return openPublicClient(layout, "ledger").send({
    method: "POST",
    path: "/v1/attestations",
    body: { document: { content: base64Of(document) } },
    reply: attestationSchema,
  });
}

type Proof = NonNullable<z.infer<typeof attestationSchema>["proof"]>;

const logSchema = z.object({
  keys: z.array(z.object({ verifier_key: z.string(), succession: z.string().optional() })),
});

/** Only the log's first key is taken from the ledger; each later one only if the log itself proves that the one before named it. */
async function readLogKeys(layout: Layout): Promise<readonly NoteKey[]> {
  const { keys } = await openPublicClient(layout, "ledger").send({
    method: "GET",
    path: "/v1/log",
    reply: logSchema,
  });
  const [first, ...later] = keys;
  const known = first === undefined ? [] : [parseNoteKey(first.verifier_key)];
  for (const { succession } of later) {
    const verified = succession === undefined ? undefined : verifySuccession(succession, known);
    if (verified?.result === "passed") known.push(verified.successor.to);
  }
  return known;
}

async function checkProof(layout: Layout, proof: Proof): Promise<void> {
  const note = verifyNote(proof.checkpoint, await readLogKeys(layout));
  if (note.result === "failed") throw new Error(`the checkpoint is not signed by the log: ${note.problem}`);
  const { size, root } = parseCheckpoint(note.text);
  const isIncluded = verifyInclusion({
    leafHash: leafHash(utf8Of(proof.leaf)),
    index: proof.leaf_index,
    size,
    proof: proof.inclusion_proof.map(bytesOfBase64),
    root,
  });
  expectThat(isIncluded && size === proof.tree_size, "the inclusion proof is wrong");
}
