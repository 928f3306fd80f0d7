import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { runBouncyCastle } from "../../../../crypto/testing/bouncycastle/run-bouncycastle.ts";
import { inOpensslFolder } from "../../../../crypto/testing/openssl.ts";
import type { OpensslFolder } from "../../../../crypto/testing/openssl.ts";
import { withFolder } from "../../../../crypto/testing/run-tool.ts";
import { toolTest } from "../../../../scripts/testing/tools.ts";
import { createTestOfficers, fixedClock } from "../testing/index.ts";
import type { TestOfficers } from "../testing/index.ts";
import { verifyChangeExport } from "./index.ts";

const start = "2026-11-22T08:00:00.000Z";

/** A change that its proposer and one other security officer signed, as a service would send it: text. */
async function exportedChange(officers: TestOfficers): Promise<string> {
  const { request, signature } = await officers.propose({ operation: "key.rotate", target: "seal.maker" });
  const approval = await officers.decide(request, "li-qiang");
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return JSON.stringify({
    type: "yinxin-change-export",
    change: {
      request: text(request),
      signature: text(signature),
      approvals: [{ statement: text(approval.statement), signature: text(approval.signature) }],
    },
    policies: officers.chain,
  });
}

interface PlainExport {
  readonly change: {
    readonly request: string;
    readonly signature: string;
    readonly approvals: readonly { readonly statement: string; readonly signature: string }[];
  };
  readonly policies: { readonly genesis: string };
}

interface PlainPolicy {
  readonly officers: readonly {
    readonly id: string;
    readonly person: string;
    readonly role: string;
    readonly certificate: string;
  }[];
}

/** The files of an export, by nothing but JSON and base64. */
function filesOf(text: string): Record<string, Buffer> {
  const { change, policies } = JSON.parse(text) as PlainExport;
  const [approval] = change.approvals;
  const octets = (base64 = ""): Buffer => Buffer.from(base64, "base64");
  return {
    "policy.bin": octets(policies.genesis),
    "proposal.bin": octets(change.request),
    "proposal.p7s": octets(change.signature),
    "approval.bin": octets(approval?.statement),
    "approval.p7s": octets(approval?.signature),
  };
}

const attime = String(Date.parse(start) / 1000);

/** The certificate in PEM lines that made a detached signature, as openssl judges it; undefined if it is wrong. */
function signerByOpenssl({ run, read }: OpensslFolder, name: string): string | undefined {
  const files = [
    "-in",
    `${name}.p7s`,
    "-content",
    `${name}.bin`,
    "-CAfile",
    "roots.pem",
    "-signer",
    "signer.pem",
  ];
  const { status } = run(
    ...["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-attime", attime],
    ...files,
    ...["-out", "content"],
  );
  return status === 0
    ? Buffer.from(read("signer.pem"))
        .toString()
        .replaceAll(/-----[A-Z ]+-----|\s/g, "")
    : undefined;
}

function sm3ByOpenssl({ run }: OpensslFolder, file: string): string {
  return `sm3:${run("dgst", "-sm3", "-r", file).output.slice(0, 64)}`;
}

describe("an exported change, proved by programs that have only the export and the roots", () => {
  toolTest(
    ["openssl"],
    "is proved with openssl: two persons of the pinned policy signed these bytes",
    async () => {
      const officers = await createTestOfficers(fixedClock(start));
      const { policy_genesis, officer_roots } = officers.trust;
      const files = filesOf(await exportedChange(officers));
      inOpensslFolder({ ...files, "roots.pem": officer_roots.join("") }, (folder) => {
        expect(sm3ByOpenssl(folder, "policy.bin")).toBe(policy_genesis);
        const policy = JSON.parse(String(files["policy.bin"])) as PlainPolicy;
        const request = JSON.parse(String(files["proposal.bin"])) as { policy: string; proposer: string };
        const statement = JSON.parse(String(files["approval.bin"])) as Record<string, string>;
        expect(request.policy).toBe(policy_genesis);
        expect(statement).toMatchObject({
          decision: "approve",
          request: sm3ByOpenssl(folder, "proposal.bin"),
        });
        const people = [
          { name: "proposal", id: request.proposer },
          { name: "approval", id: statement["officer"] },
        ].map(({ name, id }) => {
          const officer = policy.officers.find((candidate) => candidate.id === id);
          expect(signerByOpenssl(folder, name)).toBe(officer?.certificate);
          expect(officer?.role).toBe("security-officer");
          return officer?.person;
        });
        expect(new Set(people).size).toBe(2);
      });
    },
  );

  toolTest(["openssl"], "is not proved with openssl once a byte of it is changed", async () => {
    const officers = await createTestOfficers(fixedClock(start));
    const files = filesOf(await exportedChange(officers));
    const edited = Buffer.from(String(files["proposal.bin"]).replace("seal.maker", "seal.taker"));
    const roots = officers.trust.officer_roots.join("");
    inOpensslFolder({ ...files, "proposal.bin": edited, "roots.pem": roots }, (folder) => {
      expect(signerByOpenssl(folder, "proposal")).toBeUndefined();
      expect(signerByOpenssl(folder, "approval")).toBeDefined();
    });
    const strangers = await createTestOfficers(fixedClock(start));
    inOpensslFolder({ ...files, "roots.pem": strangers.trust.officer_roots.join("") }, (folder) => {
      expect(signerByOpenssl(folder, "proposal")).toBeUndefined();
    });
  });

  toolTest(
    ["java"],
    "is proved with BouncyCastle where the officers sign with SM2, and by our own verifier",
    async () => {
      const officers = await createTestOfficers(fixedClock(start), { algorithm: "SM2" });
      const text = await exportedChange(officers);
      expect(verifyChangeExport(JSON.parse(text), officers.trust)).toMatchObject({
        verdict: "authorized",
        counted: 2,
      });
      const files = filesOf(text);
      const forged = Buffer.from(String(files["proposal.bin"]).replace("seal.maker", "seal.taker"));
      const output = withFolder((folder) => {
        const all = { ...files, "forged.bin": forged, "forged.p7s": files["proposal.p7s"] };
        for (const [name, content] of Object.entries(all)) writeFileSync(join(folder, name), content ?? "");
        writeFileSync(join(folder, "roots.pem"), officers.trust.officer_roots.join(""));
        return runBouncyCastle("DetachedSignatures.java", folder, String(Date.parse(start))).output;
      });
      const { signatures } = verifyChangeExport(JSON.parse(text), officers.trust);
      const [proposal, approval] = signatures.map(({ certificate }) => certificate.slice("sm3:".length));
      expect(output.split("\n").filter((line) => / (right|wrong)/.test(line))).toEqual([
        `approval right ${approval ?? ""}`,
        expect.stringMatching(/^forged wrong/),
        `proposal right ${proposal ?? ""}`,
      ]);
    },
  );
});
