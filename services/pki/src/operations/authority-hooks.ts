import { base64Of, bytesOfBase64, equalBytes } from "@yinxin/crypto/bytes";
import { nameInputOf } from "@yinxin/crypto/issuing";
import { parseCertificate, validatePath } from "@yinxin/crypto/x509";
import { certifiedResult, putCertified } from "@yinxin/service-kit/enrolment";
import { refuse } from "@yinxin/service-kit/problems";
import type { StepContext, StepHook } from "@yinxin/service-kit/rotations";
import { z } from "zod";

import { authorityOfRing, authorityRingOf } from "../domain/authority-rings.ts";
import { certificateOf, certifyIssuing, certifyRoot, crossCertify } from "./certify-authority.ts";
import type { AuthorityName } from "./certify-authority.ts";
import { readCertificateList } from "./certificate-list.ts";
import type { AuthorityCertificateDeps } from "./issue-authority-certificate.ts";
import { revokeCertificate } from "./revoke-certificate.ts";

/**
 * What this service does in the plans of its rings: a root certifies its successor and is certified by it (RFC 4210 §4.4), an
 * issuing authority gets its certificate from the root, and a compromised one is revoked and listed at once.
 */
export function authorityHooks(deps: AuthorityCertificateDeps): Readonly<Record<string, StepHook>> {
  const certify = certifyHook(deps);
  return {
    "authority-key.certify": certify,
    "authority-key.cross-certify": crossCertifyHook(deps),
    "issuing-authority.certify": certify,
    "stand-by.certify": certify,
    "compromise.certify": certify,
    "compromise.revoke": revokeHook(deps),
  };
}

function certifyHook(deps: AuthorityCertificateDeps): StepHook {
  return {
    run: async ({ ring, rings, next }) => {
      const authority = authorityOfRing(ring.purpose);
      if (authority === undefined) return null;
      const name = await authorityNameOf(deps, ring.purpose);
      if (authority.role === "root") {
        const key = await rings.openVersion(ring.purpose, next.version);
        return certifiedResult({ certificate: await certifyRoot(deps, name, key), chain: [] });
      }
      return rings.withKey(authorityRingOf("root", authority.algorithm), async (root) =>
        certifiedResult({
          certificate: await certifyIssuing(deps, name, next, root),
          chain: [certificateOf(root.version)],
        }),
      );
    },
    finish: async (tx, context, result) => {
      await putCertified(tx, context, result);
    },
  };
}

/** The authority keeps its name through all its keys, so the name is read from the first one's certificate. */
async function authorityNameOf(deps: AuthorityCertificateDeps, purpose: string): Promise<AuthorityName> {
  const authority = authorityOfRing(purpose);
  const record = authority && (await deps.store.findAuthority(authority.algorithm));
  if (authority === undefined || record === undefined)
    throw new Error(`there is no authority for ${purpose}`);
  const first = authority.role === "root" ? record.rootCertificate : record.issuingCertificate;
  return { authorityId: record.id, name: nameInputOf(parseCertificate(first).subject) };
}

function crossCertifyHook(deps: AuthorityCertificateDeps): StepHook {
  return {
    run: async ({ ring, rings, next }) => {
      const name = await authorityNameOf(deps, ring.purpose);
      const nextKey = await rings.openVersion(ring.purpose, next.version);
      const { oldWithNew, newWithOld } = await rings.withKey(ring.purpose, (old) =>
        crossCertify(deps, name, old, { ...nextKey, certificate: certificateOf(nextKey.version) }),
      );
      return {
        old_with_new: base64Of(oldWithNew.raw),
        new_with_old: base64Of(newWithOld.raw),
        new_with_old_until: newWithOld.notAfter.toISOString(),
      };
    },
    check: checkRollOver,
  };
}

const crossedSchema = z.object({ old_with_new: z.base64(), new_with_old: z.base64() });

/** Nobody is told of a new root before both kinds of verifiers are shown to reach the other key through the certificates. */
async function checkRollOver({ ring, rings, next, at }: StepContext, result: unknown): Promise<void> {
  const { old_with_new, new_with_old } = crossedSchema.parse(result);
  const old = await rings.open(ring.purpose);
  const ways = [
    { trusted: next, certificate: old_with_new },
    { trusted: old.version, certificate: new_with_old },
  ];
  for (const { trusted, certificate } of ways) {
    const { isValid, failures } = validatePath({
      certificate: parseCertificate(bytesOfBase64(certificate)),
      intermediates: [],
      anchors: [certificateOf(trusted)],
      at,
      policy: { algorithms: "default" },
    });
    if (isValid) continue;
    const why = failures.map(({ detail }) => detail).join(" ");
    throw refuse(
      "authority-not-ready",
      `Version ${String(trusted.version)} of ${ring.purpose} does not reach the other: ${why}`,
    );
  }
}

function revokeHook(deps: AuthorityCertificateDeps): StepHook {
  return {
    run: async ({ ring, old }) => {
      const authority = authorityOfRing(ring.purpose);
      if (authority === undefined || old === undefined) return null;
      const record = await deps.store.findAuthority(authority.algorithm);
      if (record === undefined) return null;
      const profile = authority.role === "root" ? "cross-ca" : "issuing-ca";
      const own = await deps.store.listOwnCertificates(record.id, profile);
      const lost = own.filter(
        ({ certificate, issuer }) =>
          equalBytes(parseCertificate(certificate).publicKey, old.publicKey) ||
          (issuer.purpose === old.purpose && issuer.version === old.version),
      );
      for (const { serialNumber } of lost) {
        await revokeCertificate(deps, {
          serialNumber,
          reason: "cACompromise",
          actors: { actor: "pki" },
          ...(old.invalidFrom !== undefined && { invalidFrom: old.invalidFrom }),
        });
      }
      // A root cannot say of itself that it is not to be believed: that is for the trust files of those who verify.
      if (authority.role === "issuing") {
        await readCertificateList(deps, { authorityId: record.id, role: "root" });
      }
      return { revoked: lost.map(({ serialNumber }) => serialNumber) };
    },
  };
}
