import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import type { ToolFolder } from "../../testing/in-tool-folder.ts";
import { derOfPem, textOfUtf8 } from "../bytes/index.ts";
import {
  judgeCertificate,
  judgeOcspResponse,
  parseCertificateList,
  parseOcspRequest,
  parseOcspResponse,
  writeOcspRequest,
} from "../revocation/index.ts";
import type { CertificateJudgement, CertificateList } from "../revocation/index.ts";
import { parseCertificatesPem } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { checkCertificateRequest, parseCertificateRequest } from "./index.ts";

/** An authority of `openssl ca`, which keeps its records in index.txt. */
const authorityConfig = `
[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = default
default_days = 3650
default_crl_days = 30
policy = names
x509_extensions = end
crl_extensions = list
unique_subject = no
[names]
commonName = supplied
[end]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.example/1.crl
[responder]
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[list]
authorityKeyIdentifier = keyid
`;

const keyOptions = {
  "P-256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "RSA-2048": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  Ed25519: ["ED25519"],
  SM2: ["EC", "-pkeyopt", "ec_paramgen_curve:SM2"],
} as const;
type Key = keyof typeof keyOptions;

/** OpenSSL signs with SM2 as everybody does only when it is told the user ID. */
const signing = (key: Key): string[] => (key === "SM2" ? ["-sigopt", "distid:1234567812345678", "-sm3"] : []);

function newKey({ must }: ToolFolder, key: Key, name: string): void {
  must("openssl", "genpkey", "-algorithm", ...keyOptions[key], "-out", name);
}

function newAuthority(folder: ToolFolder, key: Key): void {
  newKey(folder, key, "ca.key");
  const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  folder.must(
    "openssl",
    ...[
      "req",
      "-x509",
      "-new",
      "-key",
      "ca.key",
      "-subj",
      "/CN=OpenSSL CA",
      "-days",
      "4000",
      "-out",
      "ca.pem",
    ],
    ...usage,
    ...signing(key),
  );
}

function certify(folder: ToolFolder, key: Key, name: string, section = "end"): void {
  newKey(folder, key, `${name}.key`);
  folder.must(
    "openssl",
    ...["req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`],
    ...signing(key),
  );
  const verifying =
    key === "SM2"
      ? ["-vfyopt", "distid:1234567812345678", "-sigopt", "distid:1234567812345678", "-md", "sm3"]
      : [];
  folder.must(
    "openssl",
    ...["ca", "-batch", "-notext", "-config", "ca.cnf", "-in", `${name}.csr`, "-out", `${name}.pem`],
    ...["-extensions", section, ...verifying],
  );
}

function certificateIn({ read }: ToolFolder, name: string): Certificate {
  const [certificate] = parseCertificatesPem(textOfUtf8(read(name)));
  if (certificate === undefined) throw new Error(`no certificate in ${name}`);
  return certificate;
}

const authorityFiles = {
  "ca.cnf": authorityConfig.replace("noCheck = ignored", "1.3.6.1.5.5.7.48.1.5 = ASN1:NULL"),
  "index.txt": "",
  serial: "1001\n",
  crlnumber: "10\n",
};

describe.each(["P-256", "RSA-2048", "Ed25519", "SM2"] as const)("what openssl issues with %s", (key) => {
  toolTest(["openssl"], "is a request, a valid path and a list for us", () => {
    inToolFolder(authorityFiles, (folder) => {
      newAuthority(folder, key);
      for (const name of ["good", "revoked"]) certify(folder, key, name);
      const options = key === "SM2" ? ["-sigopt", "distid:1234567812345678", "-md", "sm3"] : [];
      const ca = ["ca", "-config", "ca.cnf"];
      folder.must("openssl", ...ca, "-revoke", "revoked.pem", "-crl_reason", "superseded", ...options);
      folder.must("openssl", ...ca, "-gencrl", "-out", "list.pem", ...options);

      const [request = new Uint8Array()] = derOfPem(
        textOfUtf8(folder.read("good.csr")),
        "CERTIFICATE REQUEST",
      );
      const root = certificateIn(folder, "ca.pem");
      const good = certificateIn(folder, "good.pem");
      const revoked = certificateIn(folder, "revoked.pem");
      const list = listIn(folder);
      // Half a minute after the list: whole seconds are rounded, and the certificates are no older.
      const at = new Date(list.thisUpdate.getTime() + 30_000);
      expect(() => {
        checkCertificateRequest(parseCertificateRequest(request), "signer", at);
      }).not.toThrow();
      expect(list.number).toBe(0x10n);
      expect(judgementOf(good, root, list, at)).toMatchObject({
        result: "passed",
        revocation: [{ status: "good", source: { kind: "crl" } }, { status: "not-checked" }],
      });
      expect(judgementOf(revoked, root, list, at)).toMatchObject({
        result: "failed",
        code: "revoked",
        revocation: [{ status: "revoked", reason: "superseded" }, {}],
      });
    });
  });
});

function listIn({ read }: ToolFolder): CertificateList {
  const [der = new Uint8Array()] = derOfPem(textOfUtf8(read("list.pem")), "X509 CRL");
  return parseCertificateList(der);
}

function judgementOf(
  certificate: Certificate,
  root: Certificate,
  list: CertificateList,
  at: Date,
): CertificateJudgement {
  return judgeCertificate({
    certificate,
    intermediates: [],
    anchors: [root],
    at,
    evidence: { crls: [list], ocspResponses: [] },
    policy: { revocation: "required", algorithms: "default" },
  });
}

describe.each(["P-256", "RSA-2048"] as const)("what openssl answers with %s", (key) => {
  toolTest(["openssl"], "to our OCSP requests is judged by us, and its requests are read", () => {
    inToolFolder(authorityFiles, (folder) => {
      newAuthority(folder, key);
      for (const name of ["good", "revoked"]) certify(folder, key, name);
      certify(folder, key, "responder", "responder");
      folder.must(
        "openssl",
        "ca",
        "-config",
        "ca.cnf",
        "-revoke",
        "revoked.pem",
        "-crl_reason",
        "keyCompromise",
      );
      const issuer = certificateIn(folder, "ca.pem");
      const nonce = new Uint8Array(32).fill(7);

      const answer = (name: string, digest: "SHA-1" | "SHA-256" | "SM3", responder: string) => {
        const certificate = certificateIn(folder, `${name}.pem`);
        folder.write("request.der", writeOcspRequest({ certificate, issuer, nonce, digest }));
        folder.must(
          "openssl",
          ...[
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "ca.pem",
            "-reqin",
            "request.der",
            "-respout",
            "response.der",
          ],
          ...["-rsigner", `${responder}.pem`, "-rkey", `${responder}.key`, "-ndays", "7"],
        );
        const response = parseOcspResponse(folder.read("response.der"));
        const at = response.basic?.producedAt ?? new Date(0);
        return judgeOcspResponse({ response, certificate, issuer, at, algorithms: "default", nonce });
      };
      const delegate = { subject: { text: "CN=responder" } };
      expect(answer("good", "SHA-1", "responder")).toMatchObject({ status: "good", responder: delegate });
      expect(answer("good", "SHA-256", "ca")).toMatchObject({ status: "good" });
      expect(answer("revoked", "SHA-1", "responder")).toMatchObject({
        status: "revoked",
        reason: "keyCompromise",
        isResponderRevocable: false,
      });
      // Certified by the authority, but not for this.
      expect(answer("good", "SHA-1", "good")).toMatchObject({ status: "unusable", code: "ocsp-responder" });

      folder.must("openssl", "ocsp", "-issuer", "ca.pem", "-cert", "good.pem", "-reqout", "theirs.der");
      const theirs = parseOcspRequest(folder.read("theirs.der"));
      expect(theirs.certificateIds.map(({ serialNumber }) => serialNumber)).toEqual([
        certificateIn(folder, "good.pem").serialNumber,
      ]);
      expect(theirs.nonce).toBeDefined();
    });
  });
});

describe("what GnuTLS issues", () => {
  toolTest(["certtool", "ocsptool"], "is a valid path, a list and an OCSP request for us", () => {
    const dates = `activation_date = "2026-01-01 00:00:00 UTC"\nexpiration_date = "2035-01-01 00:00:00 UTC"\n`;
    const files = {
      "ca.tmpl": `cn = "GnuTLS CA"\nca\ncert_signing_key\ncrl_signing_key\nserial = 1\n${dates}`,
      "good.tmpl": `cn = "good"\nsigning_key\nserial = 4660\n${dates}`,
      "revoked.tmpl": `cn = "revoked"\nsigning_key\nserial = 4661\n${dates}`,
      "list.tmpl": [
        "crl_number = 5",
        'crl_this_update_date = "2026-11-22 00:00:00 UTC"',
        'crl_next_update_date = "2026-11-29 00:00:00 UTC"',
        'crl_revocation_date = "2026-11-20 00:00:00 UTC"\n',
      ].join("\n"),
    };
    inToolFolder(files, (folder) => {
      const certtool = (line: string): string => folder.must("certtool", ...line.split(" "));
      const authority = "--load-ca-certificate ca.pem --load-ca-privkey ca.key";
      for (const name of ["ca", "good", "revoked"])
        certtool(`--generate-privkey --key-type ecdsa --curve secp256r1 --outfile ${name}.key`);
      certtool("--generate-self-signed --load-privkey ca.key --template ca.tmpl --outfile ca.pem");
      for (const name of ["good", "revoked"]) {
        const end = `--load-privkey ${name}.key --template ${name}.tmpl --outfile ${name}.pem`;
        certtool(`--generate-certificate ${authority} ${end}`);
      }
      certtool(
        `--generate-crl ${authority} --load-certificate revoked.pem --template list.tmpl --outfile list.pem`,
      );
      const [root, good, revoked] = ["ca.pem", "good.pem", "revoked.pem"].map((name) =>
        certificateIn(folder, name),
      );
      if (root === undefined || good === undefined || revoked === undefined)
        throw new Error("three certificates");
      const at = new Date("2026-11-23T00:00:00Z");
      const list = listIn(folder);
      expect(list.number).toBe(5n);
      expect(judgementOf(good, root, list, at)).toMatchObject({ result: "passed" });
      expect(judgementOf(revoked, root, list, at)).toMatchObject({ result: "failed", code: "revoked" });

      const asking = "--generate-request --load-issuer ca.pem --load-cert good.pem --outfile request.der";
      folder.must("ocsptool", ...asking.split(" "));
      const request = parseOcspRequest(folder.read("request.der"));
      expect(request.certificateIds[0]?.serialNumber).toBe(good.serialNumber);
    });
  });
});
