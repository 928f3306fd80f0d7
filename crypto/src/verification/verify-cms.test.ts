import { beforeAll, describe, expect, it } from "vitest";

import { onePagePdf } from "../../testing/build-pdf.ts";
import { checksThat, onlySignature } from "../../testing/read-report.ts";
import { signPdf } from "../../testing/sign-pdf.ts";
import { createParty, createSigningParties } from "../../testing/signing-parties.ts";
import type { Party, SigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { concatBytes, latin1Of, pemOfDer, utf8Of } from "../bytes/index.ts";
import { createSigningIdentity, issueSignedData, prepareSignedData } from "../cms/index.ts";
import type { SignatureFlavour } from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationContext, VerificationReport } from "./index.ts";

const content = utf8Of("关于同意开展电子印章应用的批复\n");
const signingTime = new Date("2026-11-22T08:00:00Z");
const at = new Date("2026-11-23T00:00:00Z");

let parties: SigningParties;
let national: SigningParties;
let stranger: Party;

beforeAll(async () => {
  parties = await createSigningParties("ES256");
  national = await createSigningParties("SM2");
  stranger = await createParty("ES256", "root-ca", "Another Root", 9);
});

interface Wishes {
  readonly kind?: "attached" | "detached";
  readonly family?: "national";
  readonly flavour?: SignatureFlavour;
  readonly signed?: Uint8Array;
  readonly also?: Party;
}

async function sign(by: Party, wishes: Wishes = {}): Promise<Uint8Array> {
  const { kind = "attached", family, flavour = "cades", signed = content, also } = wishes;
  const signers = [by, ...(also === undefined ? [] : [also])];
  const prepared = prepareSignedData({
    content: { kind, bytes: signed },
    ...(family !== undefined && { family }),
    signers: signers.map(({ certificate, signer }) => ({
      identity: createSigningIdentity({ certificate, algorithm: signer.algorithm }),
      flavour,
      ...(flavour === "cades" && { signingTime }),
    })),
    certificates: signers.map(({ signer }) => authorityOf(signer.algorithm).certificate.raw),
  });
  return issueSignedData({ signers: signers.map(({ signer }) => signer) }, prepared);
}

const authorityOf = (algorithm: string): Party => (algorithm === "SM2" ? national : parties).authority;

function verify(bytes: Uint8Array, context: Partial<VerificationContext> = {}): VerificationReport {
  const trust = [parties.root.certificate, national.root.certificate];
  return verifyDocument({ name: "x.p7s", bytes }, { trust, at, ...context });
}

describe("a cryptographic message by itself", () => {
  it("is good with its content inside, with what nobody proved or asked as notes", async () => {
    const report = verify(await sign(parties.signer));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(report).toMatchObject({ format: "cms", uncovered: [] });
    expect(onlySignature(report)).toMatchObject({
      id: "signer-1",
      kind: "signature",
      signer: { algorithm: "ES256" },
      time: { claimed: signingTime.toISOString() },
      coverage: { whole: true },
    });
    expect(report.summary).toContain("time claimed only");
    expect(report.summary).toContain("revocation not checked");
  });

  it("is read in the national envelope too (GB/T 35275-2017)", async () => {
    const report = verify(await sign(national.signer, { family: "national" }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(onlySignature(report).signer?.algorithm).toBe("SM2");
  });

  it("is judged over the content at hand when it is detached", async () => {
    const der = await sign(parties.signer, { kind: "detached" });
    expect(verify(der, { detached: content }).verdict).toBe("VALID_WITH_WARNINGS");
    const other = verify(der, { detached: utf8Of("something else") });
    expect(other.verdict).toBe("INVALID");
    expect(onlySignature(other).sub_indication).toBe("HASH_FAILURE");
    const missing = verify(der);
    expect(missing.verdict).toBe("INDETERMINATE");
    expect(onlySignature(missing)).toMatchObject({
      sub_indication: "SIGNED_DATA_NOT_FOUND",
      coverage: { whole: false, parts: [] },
    });
  });

  it("is read from PEM, and a PEM that breaks off is invalid", async () => {
    const der = await sign(parties.signer);
    for (const label of ["CMS", "PKCS7"]) {
      expect(verify(utf8Of(pemOfDer(der, label))).verdict).toBe("VALID_WITH_WARNINGS");
    }
    const cut = verify(utf8Of(pemOfDer(der, "CMS").slice(0, -30)));
    expect(cut).toMatchObject({ verdict: "INVALID", problem: { code: "pem-malformed" } });
  });

  it("has a signature in the report for each signer, and is no better than the worst", async () => {
    const der = await sign(parties.signer, { also: national.signer });
    const report = verify(der);
    expect(report.signatures.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["signer-1", "VALID_WITH_WARNINGS"],
      ["signer-2", "VALID_WITH_WARNINGS"],
    ]);
    expect(verify(der, { trust: [parties.root.certificate] }).verdict).toBe("INDETERMINATE");
  });

  it("of a signer whom nobody trusts is indeterminate", async () => {
    const report = verify(await sign(parties.signer), { trust: [stranger.certificate] });
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("NO_CERTIFICATE_CHAIN_FOUND");
  });

  it("is invalid after any byte of its content changed", async () => {
    const der = await sign(parties.signer);
    const start = latin1Of(der).indexOf(latin1Of(content));
    expect(start).toBeGreaterThan(0);
    for (let index = start; index < start + content.length; index += 1) {
      const changed = Uint8Array.from(der);
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      expect(verify(changed).verdict, `byte ${String(index)}`).toBe("INVALID");
    }
  });

  it("is invalid when bytes follow it, and unsigned is not what bytes of another kind are called", async () => {
    const der = await sign(parties.signer);
    expect(verify(concatBytes(der, Uint8Array.of(1))).verdict).toBe("INVALID");
    expect(verify(der.subarray(0, 200)).verdict).toBe("INVALID");
  });
});

describe("a PDF with a message over its ranges", () => {
  const digestOf = (ranges: readonly Uint8Array[]): Uint8Array => concatBytes(...ranges);
  const signed = (subFilter: string, by: Party, wishes: Wishes): Promise<Uint8Array> =>
    signPdf(onePagePdf(), subFilter, (ranges) =>
      sign(by, { kind: "detached", ...wishes, signed: digestOf(ranges) }),
    );

  it("is good under the international names, without a signing time in the message", async () => {
    const report = verify(await signed("ETSI.CAdES.detached", parties.signer, { flavour: "pades" }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(onlySignature(report)).toMatchObject({ kind: "signature", coverage: { whole: true } });
    const plain = verify(await signed("adbe.pkcs7.detached", parties.signer, {}));
    expect(plain.verdict, plain.summary).toBe("VALID_WITH_WARNINGS");
  });

  it("says of a signing time in a PAdES message that it must not be there (ETSI EN 319 142-1 §6.3)", async () => {
    const report = verify(await signed("ETSI.CAdES.detached", parties.signer, { flavour: "cades" }));
    expect(checksThat(report, "failed")).toEqual(["cms-signing-time"]);
    expect(report.verdict).not.toMatch(/^VALID/);
  });

  it("is good in the national envelope (GM/T 0112)", async () => {
    const report = verify(await signed("GM.sm2sign", national.signer, { family: "national" }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
  });

  it("is invalid when a byte under the signature changed", async () => {
    const pdf = await signed("adbe.pkcs7.detached", parties.signer, {});
    const text = Uint8Array.from(pdf);
    const place = 60;
    text[place] = (text[place] ?? 0) ^ 0x01;
    expect(verify(text).verdict).toBe("INVALID");
  });

  it("with a time stamp over the whole has a proven time, and one over something else is invalid", async () => {
    const stamp = stampWith(parties.tsa, signingTime, { chain: [parties.authority.certificate.raw] });
    const good = await signPdf(onePagePdf(), "ETSI.RFC3161", (ranges) =>
      stamp({ algorithm: "SHA-256", digest: digest("SHA-256", ...ranges) }),
    );
    const report = verify(good);
    expect(onlySignature(report)).toMatchObject({
      kind: "timestamp",
      verdict: "VALID",
      time: { trusted: signingTime.toISOString() },
    });
    const wrong = await signPdf(onePagePdf(), "ETSI.RFC3161", () =>
      stamp({ algorithm: "SHA-256", digest: new Uint8Array(32) }),
    );
    expect(verify(wrong).verdict).toBe("INVALID");
  });

  it("under SHA-1 is not judged (ISO 32000-1 §12.8.3.3)", async () => {
    const report = verify(await signed("adbe.pkcs7.sha1", parties.signer, {}));
    expect(report.verdict).toBe("INDETERMINATE");
  });
});
