import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import { issueEntity } from "../../testing/issue-entity.ts";
import { pemOfDer } from "../bytes/index.ts";
import { parseCertificate, validatePath } from "../x509/index.ts";
import { issueRollOver } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const common = { algorithm: "SM2", commonName: "authority" } as const;
const old = await issueEntity({
  ...common,
  profile: "root-ca",
  notBefore: new Date("2016-01-01T00:00:00Z"),
  notAfter: new Date("2030-01-01T00:00:00Z"),
});
const next = await issueEntity({
  ...common,
  profile: "root-ca",
  notBefore: new Date("2026-06-01T00:00:00Z"),
});
const oldEnd = await issueEntity({
  ...common,
  commonName: "old end",
  profile: "signer",
  issuer: old,
  notAfter: new Date("2029-01-01T00:00:00Z"),
});
const newEnd = await issueEntity({
  ...common,
  commonName: "new end",
  profile: "signer",
  issuer: next,
  notBefore: new Date("2026-07-01T00:00:00Z"),
});
const request = {
  old,
  next,
  serialNumbers: { oldWithNew: new Uint8Array(16).fill(1), newWithOld: new Uint8Array(16).fill(2) },
  newWithOldUntil: new Date("2028-01-01T00:00:00Z"),
};
const made = await issueRollOver(request);
const [oldWithNew, newWithOld] = [parseCertificate(made.oldWithNew), parseCertificate(made.newWithOld)];

const isValid = (
  certificate: typeof oldWithNew,
  anchor: typeof oldWithNew,
  intermediates: (typeof oldWithNew)[],
) =>
  validatePath({ certificate, intermediates, anchors: [anchor], at, policy: { algorithms: "default" } })
    .isValid;

describe("an authority that goes over to a new key (RFC 4210 §4.4)", () => {
  it("certifies each key with the other, for the times of RFC 4210 §4.4.1", () => {
    expect(oldWithNew).toMatchObject({
      notBefore: old.certificate.notBefore,
      notAfter: old.certificate.notAfter,
      publicKey: old.certificate.publicKey,
    });
    expect(newWithOld).toMatchObject({
      notBefore: next.certificate.notBefore,
      notAfter: request.newWithOldUntil,
      publicKey: next.certificate.publicKey,
    });
  });

  it("is reached by those who trust only the new certificate, and by those who trust only the old one", () => {
    expect(isValid(oldEnd.certificate, next.certificate, [])).toBe(false);
    expect(isValid(oldEnd.certificate, next.certificate, [oldWithNew])).toBe(true);
    expect(isValid(newEnd.certificate, old.certificate, [])).toBe(false);
    expect(isValid(newEnd.certificate, old.certificate, [newWithOld])).toBe(true);
  });

  toolTest(["openssl"], "is reached the same way by openssl (P-256)", async () => {
    const p256 = { ...common, algorithm: "ES256" } as const;
    const [first, second] = [
      await issueEntity({ ...p256, profile: "root-ca" }),
      await issueEntity({ ...p256, profile: "root-ca" }),
    ];
    const end = await issueEntity({ ...p256, commonName: "end", profile: "signer", issuer: first });
    const cross = await issueRollOver({ ...request, old: first, next: second });
    const files = {
      "second.pem": pemOfDer(second.certificate.raw, "CERTIFICATE"),
      "cross.pem": pemOfDer(cross.oldWithNew, "CERTIFICATE"),
      "end.pem": pemOfDer(end.certificate.raw, "CERTIFICATE"),
    };
    inToolFolder(files, ({ run }) => {
      const options = ["-attime", String(at.getTime() / 1000), "-x509_strict", "-CAfile", "second.pem"];
      expect(run("openssl", "verify", ...options, "-untrusted", "cross.pem", "end.pem").output).toBe(
        "end.pem: OK\n",
      );
      expect(run("openssl", "verify", ...options, "end.pem").status).not.toBe(0);
    });
  });

  it("is refused for two authorities", async () => {
    const stranger = await issueEntity({ profile: "root-ca", algorithm: "SM2", commonName: "stranger" });
    await expect(issueRollOver({ ...request, next: stranger })).rejects.toMatchObject({
      code: "issuer-unfit",
    });
    const tooLong = { ...request, newWithOldUntil: new Date("2031-01-01T00:00:00Z") };
    await expect(issueRollOver(tooLong)).rejects.toMatchObject({ code: "validity-invalid" });
  });
});
