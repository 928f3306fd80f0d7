import { hexOf, pemOfDer } from "@yinxin/crypto/bytes";
import type { Certificate } from "@yinxin/crypto/x509";
import { keyStateNames } from "@yinxin/service-kit/key-rings";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { authorityAlgorithms, authorityRoles, currentOf } from "../domain/authority.ts";
import type { Authority, AuthorityKeyVersion } from "../domain/authority.ts";
import { readCertificateList } from "../operations/certificate-list.ts";
import type { CertificateListDeps } from "../operations/certificate-list.ts";
import { readAuthorities } from "../operations/read-authorities.ts";

const authorityKeySchema = z.strictObject({
  role: z.enum(authorityRoles),
  version: z.int(),
  state: z.enum(keyStateNames as [string, ...string[]]),
  /** Subject key identifier, hexadecimal. */
  key_identifier: z.string(),
  not_after: dateTimeText,
  certificate_pem: z.string(),
});

const authoritySchema = z.strictObject({
  id: z.string(),
  algorithm: z.enum(authorityAlgorithms),
  /** The certificate of the issuing authority's current key, then the current root's. */
  chain_pem: z.string(),
  /** Of the current key. */
  root_pem: z.string(),
  /**
   * Whatever leads to a root, old or new: issuing authorities, and the certificates by which an old and a new root vouch for
   * each other (RFC 4210 §4.4). No root is among them.
   */
  intermediates_pem: z.string(),
  /** Every key that the authority has or had. */
  keys: z.array(authorityKeySchema),
});

const keyVersionMax = 1_000_000;

/** Who issues here. Reading a root here is no reason to trust it: that is for the operator to compare and decide. */
export function authorityRoutes(deps: CertificateListDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/authorities",
      summary: "List the authorities with their certificates",
      permission: "public",
      reply: { status: 200, schema: z.strictObject({ authorities: z.array(authoritySchema) }) },
      handle: async () => ({ authorities: (await readAuthorities(deps)).map(replyOf) }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/authorities/:authority_id/crl",
      summary: "The newest certificate revocation list of an authority (RFC 5280 §5), DER",
      permission: "public",
      params: z.strictObject({ authority_id: z.string().regex(/^authority_[a-z0-9]{1,20}$/) }),
      query: z.strictObject({
        /** The root's list is about issuing authorities, theirs about end entities. */
        role: z.enum(authorityRoles).default("issuing"),
        /** Of the key that is to have signed it; the current one if absent. */
        version: z.coerce.number().int().min(1).max(keyVersionMax).optional(),
      }),
      reply: { status: 200, contentType: "application/pkix-crl" },
      handle: async ({ params, query: { role, version } }) =>
        readCertificateList(deps, {
          authorityId: params.authority_id,
          role,
          ...(version !== undefined && { version }),
        }),
    }),
  ];
}

function replyOf({
  id,
  algorithm,
  roots,
  issuers,
  intermediates,
}: Authority): z.input<typeof authoritySchema> {
  const [issuing, root] = [currentOf(issuers), currentOf(roots)];
  return {
    id,
    algorithm,
    chain_pem: pemOf([issuing, root].flatMap((version) => version?.certificate ?? [])),
    root_pem: pemOf(root === undefined ? [] : [root.certificate]),
    intermediates_pem: pemOf(intermediates),
    keys: [...roots, ...issuers].map(keyOf),
  };
}

function keyOf({
  role,
  version,
  state,
  certificate,
}: AuthorityKeyVersion): z.input<typeof authorityKeySchema> {
  return {
    role,
    version,
    state,
    key_identifier: hexOf(certificate.subjectKeyIdentifier ?? new Uint8Array()),
    not_after: certificate.notAfter.toISOString(),
    certificate_pem: pemOf([certificate]),
  };
}

function pemOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ raw }) => pemOfDer(raw, "CERTIFICATE")).join("");
}
