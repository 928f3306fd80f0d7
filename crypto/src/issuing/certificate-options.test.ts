import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { extendedKeyUsage, generalNames, subjectAltName } from "../../testing/encode-extensions.ts";
import { fabricate } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import { issueEntity } from "../../testing/issue-entity.ts";
import { signatureAlgorithmNames } from "../algorithms/index.ts";
import { pemOfDer } from "../bytes/index.ts";
import { validatePath } from "../x509/index.ts";
import type { PathPolicy } from "../x509/index.ts";
import { IssuingError } from "./index.ts";
import type { CertificateOptions, CertificateProfileName } from "./index.ts";

const algorithm = "ES256";
const root = await issueEntity({ profile: "root-ca", algorithm, commonName: "root" });
const at = new Date("2026-11-22T00:00:00Z");
const address = "http://ca.example/x";

const issue = (
  profile: CertificateProfileName,
  options: CertificateOptions,
  issuer = root,
): Promise<Entity> =>
  issueEntity({ profile, algorithm, commonName: `${profile} of options`, issuer, options });

function isValid(end: Entity, intermediates: readonly Entity[], policy: Partial<PathPolicy> = {}): boolean {
  return validatePath({
    certificate: end.certificate,
    intermediates: intermediates.map(({ certificate }) => certificate),
    anchors: [root.certificate],
    at,
    policy: { algorithms: "default", ...policy },
  }).isValid;
}

/** Such as the suite does not issue: its name is not one that its authority may certify. */
function strayServer(issuer: Entity): Promise<Entity> {
  return fabricate({
    subject: "stray",
    issuer,
    extensions: [extendedKeyUsage("1.3.6.1.5.5.7.3.1"), subjectAltName(generalNames.dns("other.example"))],
  });
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (cause) {
    if (cause instanceof IssuingError) return cause.code;
    throw cause;
  }
  return "issued";
}

describe("the options of a certificate", () => {
  it("say where lists, responders and issuers are, as our reader reads them", async () => {
    const { certificate } = await issue("signer", {
      crlUrls: [`${address}.crl`, `${address}2.crl`],
      deltaCrlUrls: [`${address}-delta.crl`],
      ocspUrls: [`${address}/ocsp`],
      issuerUrls: [`${address}.cer`],
      policies: [{ oid: "1.2.3.4", cps: `${address}/cps` }, { oid: "1.2.3.5" }],
      alternativeNames: [{ email: "a@b.example" }],
    });
    expect(certificate.malformedExtensions).toEqual([]);
    expect(certificate).toMatchObject({
      crlDistributionPoints: [{ name: { kind: "full", names: [{ kind: "uri" }, { kind: "uri" }] } }],
      freshestCrl: [{ name: { kind: "full", names: [{ kind: "uri" }] } }],
    });
    expect(
      JSON.stringify(certificate, (_key, value: unknown) => (value instanceof Uint8Array ? 0 : value)),
    ).toContain(`${address}/ocsp`);
  });

  it("constrain the names below an authority (RFC 5280 §4.2.1.10)", async () => {
    const permitted = [{ dns: "gov.example" }, { ip: Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0) }];
    const authority = await issue("issuing-ca", {
      nameConstraints: { permitted, excluded: [{ dns: "x.gov.example" }] },
    });
    const server = (dns: string): Promise<Entity> =>
      issue("tls-server", { alternativeNames: [{ dns }] }, authority);
    expect(isValid(await server("a.gov.example"), [authority])).toBe(true);
    // Nobody would accept what lies outside, so it is not issued.
    expect(await codeOf(server("a.x.gov.example"))).toBe("name-invalid");
    expect(await codeOf(server("gov.other"))).toBe("name-invalid");
    expect(isValid(await strayServer(authority), [authority])).toBe(false);
    const host = (last: number[]) =>
      issue("tls-server", { alternativeNames: [{ ip: Uint8Array.from(last) }] }, authority);
    expect(isValid(await host([10, 1, 2, 3]), [authority])).toBe(true);
    expect(await codeOf(host([11, 1, 2, 3]))).toBe("name-invalid");
  });

  it("carry policies that a path must keep (RFC 5280 §4.2.1.4)", async () => {
    const authority = await issue("issuing-ca", { policies: [{ oid: "1.2.3.4" }] });
    const asked = { requireExplicitPolicy: true, initialPolicySet: ["1.2.3.4"] };
    const same = await issue("signer", { policies: [{ oid: "1.2.3.4" }] }, authority);
    const other = await issue("signer", { policies: [{ oid: "1.2.3.5" }] }, authority);
    expect(isValid(same, [authority], asked)).toBe(true);
    expect(isValid(other, [authority], asked)).toBe(false);
  });

  it.each<[string, CertificateProfileName, CertificateOptions, string]>([
    [
      "names constrained for an end entity",
      "signer",
      { nameConstraints: { permitted: [] } },
      "profile-forbids",
    ],
    [
      "alternative names for an authority",
      "issuing-ca",
      { alternativeNames: [{ dns: "a" }] },
      "profile-forbids",
    ],
    ["another path length for an issuing authority", "issuing-ca", { pathLength: 3 }, "profile-forbids"],
    [
      "a list for a responder that nobody revokes",
      "ocsp-responder",
      { crlUrls: [address] },
      "profile-forbids",
    ],
    ["name constraints without a name", "issuing-ca", { nameConstraints: {} }, "extension-invalid"],
    [
      "name constraints with a base that covers nothing",
      "issuing-ca",
      { nameConstraints: { excluded: [{ dns: "evil.example." }] } },
      "lint-failed",
    ],
    [
      "name constraints with a mask that has holes",
      "issuing-ca",
      { nameConstraints: { permitted: [{ ip: Uint8Array.of(10, 0, 0, 0, 255, 0, 255, 0) }] } },
      "lint-failed",
    ],
    ["an https address of a list", "signer", { crlUrls: ["https://a.example/"] }, "extension-invalid"],
    ["no address of a list", "signer", { crlUrls: [] }, "extension-invalid"],
    ["a policy that is no identifier", "signer", { policies: [{ oid: "1" }] }, "extension-invalid"],
    ["a host with a space", "tls-server", { alternativeNames: [{ dns: "a b" }] }, "extension-invalid"],
    [
      "an address of three octets",
      "tls-server",
      { alternativeNames: [{ ip: new Uint8Array(3) }] },
      "extension-invalid",
    ],
    ["a TLS server without a name", "tls-server", {}, "lint-failed"],
  ])("do not allow %s", async (_what, profile, options, code) => {
    expect(await codeOf(issue(profile, options))).toBe(code);
  });
});

describe.each(signatureAlgorithmNames)("a hierarchy with %s", (name) => {
  it("is issued from root to time-stamping authority and judged valid, for its purpose only", async () => {
    const top = await issueEntity({ profile: "root-ca", algorithm: name, commonName: "top" });
    const tsa = await issueEntity({ profile: "tsa", algorithm: name, commonName: "tsa", issuer: top });
    const valid = (purpose: string): boolean =>
      validatePath({
        certificate: tsa.certificate,
        intermediates: [],
        anchors: [top.certificate],
        at,
        policy: { algorithms: "default", requiredExtendedKeyUsage: [purpose] },
      }).isValid;
    expect(valid("1.3.6.1.5.5.7.3.8")).toBe(true);
    expect(valid("1.3.6.1.5.5.7.3.9")).toBe(false);
  });
});

describe("certificates of TLS and TSA beside openssl", () => {
  toolTest(["openssl"], "fit their purposes, hosts and name constraints, and no others", async () => {
    const authority = await issue("issuing-ca", { nameConstraints: { permitted: [{ dns: "gov.example" }] } });
    const entities = {
      root,
      authority,
      server: await issue("tls-server", { alternativeNames: [{ dns: "*.gov.example" }] }, authority),
      stray: await strayServer(authority),
      client: await issue("tls-client", {}, authority),
      tsa: await issue("tsa", {}, authority),
    };
    const files = Object.fromEntries(
      Object.entries(entities).map(([name, { certificate }]) => [
        `${name}.pem`,
        pemOfDer(certificate.raw, "CERTIFICATE"),
      ]),
    );
    inToolFolder(files, ({ run }) => {
      const verify = (name: string, purpose: string, ...more: string[]): string =>
        run(
          "openssl",
          ...["verify", "-attime", String(at.getTime() / 1000), "-x509_strict", "-purpose", purpose, ...more],
          ...["-CAfile", "root.pem", "-untrusted", "authority.pem", `${name}.pem`],
        ).output;
      expect(verify("server", "sslserver", "-verify_hostname", "a.gov.example")).toBe("server.pem: OK\n");
      expect(verify("server", "sslserver", "-verify_hostname", "gov.other")).toContain("mismatch");
      expect(verify("server", "sslclient")).toContain("certificate purpose");
      expect(verify("stray", "sslserver")).toContain("permitted subtree violation");
      expect(verify("client", "sslclient")).toBe("client.pem: OK\n");
      expect(verify("tsa", "timestampsign")).toBe("tsa.pem: OK\n");
      expect(verify("client", "timestampsign")).toContain("certificate purpose");
    });
  });
});
