import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { verificationReportsSchema } from "@yinxin/crypto/verification";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { runYinxin } from "./run-yinxin.ts";

const repository = join(import.meta.dirname, "../../..");
const fixture = (path: string): string => join(repository, "fixtures", path);
const root = fixture("pki/root.pem");
const sealedOfd = fixture("documents/reply-sealed.ofd");
const sealedPdf = fixture("documents/reply-sealed.pdf");

const yinxin = (...args: string[]) => runYinxin(args);

interface Report {
  file: string;
  verdict: string;
  signatures: {
    signer?: { subject: string };
    seal?: { name: string; code: string };
    checks: { name: string; result: string; evidence?: Record<string, string> }[];
  }[];
}

function reportsOf(stdout: string): Report[] {
  return JSON.parse(stdout) as Report[];
}

describe("yinxin verify", () => {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-cli-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("says of the sealed documents who sealed them, that time is only claimed and revocation not checked, and ends 0", () => {
    const { code, stdout } = yinxin("verify", "--trust", root, "--json", sealedOfd, sealedPdf);
    expect(code).toBe(0);
    for (const report of reportsOf(stdout)) {
      expect(report.verdict).toBe("VALID_WITH_WARNINGS");
      expect(report.signatures[0]?.seal).toMatchObject({
        name: "云岭市行政审批局（测试）",
        code: "33010000000001",
      });
      expect(report.signatures[0]?.signer?.subject).toContain("CN=33010000000001");
      const notChecked = report.signatures[0]?.checks
        .filter(({ result }) => result === "not-checked")
        .map(({ name }) => name);
      expect(notChecked).toEqual([
        "maker-certificate-revocation",
        "signer-certificate-revocation",
        "timestamp",
      ]);
    }
  });

  it("names the changed entry of the tampered OFD and the signed revision of the tampered PDF, and ends 3", () => {
    const ofd = yinxin("verify", "--trust", root, fixture("documents/reply-tampered.ofd"));
    expect(ofd.code).toBe(3);
    expect(ofd.stdout).toContain("INVALID");
    expect(ofd.stdout).toContain("Doc_0/Pages/Page_0/Content.xml was changed after sealing");
    const pdf = yinxin("verify", "--trust", root, fixture("documents/reply-tampered.pdf"));
    expect(pdf.code).toBe(3);
    expect(pdf.stdout).toMatch(/signed revision \(bytes 0–\d+\) was changed after sealing/);
  });

  it("trusts nothing that was not named: without --trust the sealed documents are INDETERMINATE, 4", () => {
    const { code, stdout } = yinxin("verify", "--json", sealedOfd, sealedPdf);
    expect(code).toBe(4);
    expect(reportsOf(stdout).map(({ verdict }) => verdict)).toEqual(["INDETERMINATE", "INDETERMINATE"]);
  });

  it("calls a file without a signature UNSIGNED and ends 4", () => {
    const { code, stdout } = yinxin(
      "verify",
      "--trust",
      root,
      "--json",
      fixture("documents/reply.pdf"),
      fixture("documents/reply.ofd"),
    );
    expect(code).toBe(4);
    expect(reportsOf(stdout).map(({ verdict }) => verdict)).toEqual(["UNSIGNED", "UNSIGNED"]);
  });

  it("lets the worst verdict decide the exit code, in the order of the files given", () => {
    const files = [fixture("documents/reply.pdf"), fixture("documents/reply-tampered.pdf"), sealedPdf];
    const { code, stdout } = yinxin("verify", "--trust", root, "--json", ...files);
    expect(code).toBe(3);
    expect(reportsOf(stdout).map(({ verdict }) => verdict)).toEqual([
      "UNSIGNED",
      "INVALID",
      "VALID_WITH_WARNINGS",
    ]);
  });

  it("prints JSON that its schema accepts, for every kind of verdict and for hostile files", () => {
    const hostile = join(folder, "hostile.ofd");
    writeFileSync(hostile, new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0xff]));
    const files = [
      "reply.ofd",
      "reply-sealed.ofd",
      "reply-tampered.ofd",
      "reply-sealed.pdf",
      "reply-tampered.pdf",
    ];
    const all = [
      ...files.map((name) => fixture(`documents/${name}`)),
      fixture("seals/approval.esl"),
      hostile,
    ];
    const { stdout } = yinxin("verify", "--trust", root, "--json", ...all);
    const ajv = new Ajv2020({ allErrors: true });
    addFormats.default(ajv);
    const isValid = ajv.compile(verificationReportsSchema);
    expect(isValid(JSON.parse(stdout)), JSON.stringify(isValid.errors)).toBe(true);
    expect(reportsOf(stdout)).toHaveLength(all.length);
  });

  it("judges at the time that --at names", () => {
    const { code, stdout } = yinxin(
      "verify",
      "--trust",
      root,
      "--at",
      "2026-11-20T10:00:00+08:00",
      "--json",
      sealedPdf,
    );
    expect(code).not.toBe(0);
    expect(reportsOf(stdout)[0]?.verdict).not.toBe("VALID_WITH_WARNINGS");
  });

  it.each([
    ["no command", []],
    ["no file", ["verify"]],
    ["an unknown option", ["verify", "--trsut", "x", "file"]],
    ["a time without an offset", ["verify", "--at", "2026-11-21", "file"]],
    ["a day that does not exist", ["verify", "--at", "2026-02-30T10:00:00+08:00", "file"]],
    ["a trust file without a root", ["verify", "--trust", fixture("pki/owner.pem"), "file"]],
    ["an unknown policy", ["verify", "--policy", "lax", "file"]],
    ["evidence that is none", ["verify", "--evidence", root, "file"]],
    ["a trust file that is no PEM", ["verify", "--trust", sealedPdf, "file"]],
  ])("ends 2 with the usage for %s, and says nothing on stdout", (_, args) => {
    const { code, stdout, stderr } = yinxin(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("usage: yinxin");
  });

  it("ends 1 with a sentence for a file that cannot be read", () => {
    const { code, stdout, stderr } = yinxin("verify", join(folder, "missing.pdf"));
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/missing\.pdf: cannot be read \(there is no such file, ENOENT\)/);
  });

  it("lets no file name speak to the terminal", () => {
    const name = join(folder, "a\u001b[2J\u202efdp.ofd");
    writeFileSync(name, "nothing");
    const { stdout } = yinxin("verify", name);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });
});

describe("yinxin verify, of a message that openssl signed", () => {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-cli-cms-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const openssl = (...args: string[]): void => {
    const run = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`openssl ${args.join(" ")}: ${run.stderr}`);
  };
  const verify = (...args: string[]): { code: number | null; reports: Report[] } => {
    const { code, stdout } = yinxin("verify", "--trust", join(folder, "root.pem"), "--json", ...args);
    return { code, reports: reportsOf(stdout) };
  };

  toolTest(["openssl"], "takes its content from --detached, and its revocation from --evidence", () => {
    const at = (name: string): string => join(folder, name);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    writeFileSync(at("content.txt"), "approved\n");
    writeFileSync(at("index.txt"), "");
    writeFileSync(at("serial.txt"), "1001\n");
    writeFileSync(at("ca.cnf"), caConfiguration);
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      "root.key",
      "-out",
      "root.pem",
      "-subj",
      "/CN=Root",
      "-days",
      "3650",
    );
    openssl("req", ...key, "-keyout", "ee.key", "-out", "ee.csr", "-subj", "/CN=Signer");
    openssl("ca", "-config", "ca.cnf", "-batch", "-in", "ee.csr", "-out", "ee.pem");
    openssl(
      ...["cms", "-sign", "-cades", "-binary", "-in", "content.txt", "-signer", "ee.pem", "-inkey", "ee.key"],
      ...["-outform", "DER", "-out", "signed.p7s"],
    );
    openssl("ca", "-config", "ca.cnf", "-gencrl", "-out", "clean.pem");
    openssl("ca", "-config", "ca.cnf", "-revoke", "ee.pem", "-crl_reason", "keyCompromise");
    openssl("ca", "-config", "ca.cnf", "-gencrl", "-out", "revoked.pem");
    const detached = ["--detached", at("content.txt"), at("signed.p7s")];
    const summaryOf = ({ reports }: { reports: Report[] }): string => JSON.stringify(reports);

    const plain = verify(...detached);
    expect(plain.code, summaryOf(plain)).toBe(0);
    expect(summaryOf(plain)).toContain("revocation not checked");
    const checked = verify("--evidence", at("clean.pem"), ...detached);
    expect(checked.code, summaryOf(checked)).toBe(0);
    expect(summaryOf(checked)).not.toContain("revocation not checked");
    const revoked = verify("--evidence", at("revoked.pem"), ...detached);
    expect(revoked.code, summaryOf(revoked)).not.toBe(0);
    expect(revoked.reports[0]?.verdict).not.toMatch(/^VALID/);
    expect(verify(at("signed.p7s")).reports[0]?.verdict).toBe("INDETERMINATE");
    const other = verify("--detached", at("ca.cnf"), at("signed.p7s"));
    expect(other).toMatchObject({ code: 3, reports: [{ verdict: "INVALID" }] });
  });
});

const caConfiguration = `
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha256
serial = serial.txt
default_days = 365
default_crl_days = 7
policy = any
unique_subject = no
x509_extensions = signer
[any]
commonName = supplied
[signer]
keyUsage = critical, digitalSignature, nonRepudiation
`;
