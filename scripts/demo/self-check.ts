import { readFileSync } from "node:fs";
import { join } from "node:path";

import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import { z } from "zod";

import type { Layout } from "./layout.ts";
import { organizations } from "./population.ts";
import { applySeal, listSeals, openPublicClient, verifyBy } from "./suite-client.ts";
import type { ReceivedReport, SuiteClient } from "./suite-client.ts";

const documents = join(import.meta.dirname, "../../fixtures/documents");
/** Over the agency's name and the date of the reply. */
const placement = { page: 1, x_mm: 118, y_mm: 186 };

/** The suite does not do what it is for; the sentence says what. */
export class SelfCheckError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SelfCheckError";
  }
}

/** @throws SelfCheckError with the sentence if it is not so. */
export function expectThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new SelfCheckError(otherwise);
}

/** Seals a real document, verifies it, changes one byte and expects to be told. */
export async function checkSealing(
  layout: Layout,
  suite: SuiteClient,
  format: "ofd" | "pdf",
): Promise<string> {
  const name = `reply.${format}`;
  const original = readFileSync(join(documents, name));
  const seal = (await listSeals(suite)).find(({ organization_id: owner }) => owner === organizations[0].id);
  if (seal === undefined) throw new SelfCheckError("the first organization has no seal");
  const sealed = await applySeal(suite, seal.id, { name, bytes: original }, placement);
  const good = await verifyBy(openPublicClient(layout, "seal"), { name, bytes: sealed });
  expectThat(
    good.verdict === "VALID_WITH_WARNINGS",
    `the sealed ${format} is ${good.verdict}: ${good.summary}`,
  );
  expectThat(good.signatures[0]?.seal?.name === seal.name, `the sealed ${format} names another seal`);
  const elsewhere = await verifyBy(openPublicClient(layout, "signing"), { name, bytes: sealed });
  expectThat(elsewhere.verdict === good.verdict, `seal and signing disagree about the ${format}`);
  const bad = await verifyBy(openPublicClient(layout, "seal"), {
    name,
    bytes: withChangedByte(sealed, original.length),
  });
  expectThat(bad.verdict === "INVALID", `the changed ${format} is ${bad.verdict}`);
  return `${good.verdict} → ${bad.verdict} (${failedStep(bad)})`;
}

/** Somewhere in the middle of what was there before sealing. */
function withChangedByte(sealed: Uint8Array, originalLength: number): Uint8Array {
  const changed = Uint8Array.from(sealed);
  const index = Math.floor(originalLength / 2);
  changed[index] = (changed[index] ?? 0) ^ 0x01;
  return changed;
}

/** The step that noticed; a package so damaged that it cannot be read has no signatures to judge. */
function failedStep(report: ReceivedReport): string {
  const failed = report.signatures.flatMap(({ checks }) => checks).find(({ result }) => result === "failed");
  return failed?.name ?? "file format";
}

const signatureSchema = z.object({
  algorithm: z.enum(["SM2", "ES256"]),
  signature: z.base64(),
  certificate_chain: z.array(z.base64()).min(1),
});

/** Has a message signed for both purposes and verifies it with the certificate that came along. */
export async function checkSigning(suite: SuiteClient): Promise<string> {
  const message = new TextEncoder().encode("印信");
  const algorithms: string[] = [];
  for (const purpose of ["document", "document-international"]) {
    const signed = await suite.signing.send({
      method: "POST",
      path: "/v1/signatures",
      body: { purpose, message: base64Of(message) },
      reply: signatureSchema,
    });
    const [leaf = ""] = signed.certificate_chain;
    const { publicKey } = parseCertificate(bytesOfBase64(leaf));
    const signature = bytesOfBase64(signed.signature);
    expectThat(
      verifySignature({ algorithm: signed.algorithm, publicKey, message, signature }),
      `the ${signed.algorithm} signature is wrong`,
    );
    algorithms.push(signed.algorithm);
  }
  return algorithms.join(", ");
}
