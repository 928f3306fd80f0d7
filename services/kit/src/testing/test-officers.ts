import { randomBytes } from "node:crypto";

import { base64Of, pemOfDer } from "@yinxin/crypto/bytes";
import { createCertificateRequest } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

import { canonicalBytes, defaultRules, documentDigest, signStatement } from "../approvals/index.ts";
import type {
  ChangeRequest,
  GovernanceTrust,
  Officer,
  OfficerIdentity,
  OfficerPolicy,
  OfficerRole,
  PolicyChain,
} from "../approvals/index.ts";
import type { Clock } from "../clock/index.ts";
import { createTestCertificateAuthority } from "./test-certificate-authority.ts";
import type { TestCertificateAuthority } from "./test-certificate-authority.ts";

const deployment = "test-deployment";

const people: readonly (readonly [id: string, role: OfficerRole, unit: string])[] = [
  ["zhao-min", "system-administrator", "信息中心"],
  ["wang-lei", "security-officer", "行政审批局"],
  ["li-qiang", "security-officer", "市监局"],
  ["chen-jing", "security-officer", "市监局"],
  ["sun-li", "auditor", "审计局"],
];

/** What a signed request says; the rest is filled in. */
export type RequestFields = Pick<ChangeRequest, "operation" | "target"> & Partial<ChangeRequest>;

/** A signed request, ready to send. */
export interface ProposedRequest {
  readonly request: Uint8Array;
  readonly signature: Uint8Array;
  readonly value: ChangeRequest;
}

/** Officers with keys, certificates and a first policy: one administrator, three security officers, one auditor. */
export interface TestOfficers {
  readonly deployment: string;
  readonly trust: GovernanceTrust;
  /** The first policy. */
  readonly policy: OfficerPolicy;
  /** With nothing after the first policy. */
  readonly chain: PolicyChain;
  /** `wang-lei`, …, or `break-glass`. */
  identity(id: string): OfficerIdentity;
  /** One more person, or a new certificate for a key. */
  enrol(id: string, signer?: Signer): Promise<OfficerIdentity>;
  /** Revocation lists of the officers' authorities. */
  readonly crls: TestCertificateAuthority["crls"];
  /** A row of a policy. */
  officer(id: string, identity: OfficerIdentity, role: OfficerRole, person?: string): Officer;
  /** A request that `proposer` (default `wang-lei`) signed now. */
  propose(fields: RequestFields): Promise<ProposedRequest>;
  /** An officer's decision on a request, signed now. */
  decide(
    request: Uint8Array,
    officer: string,
    options?: { readonly decision?: "approve" | "reject"; readonly at?: Date; readonly by?: OfficerIdentity },
  ): Promise<{ readonly statement: Uint8Array; readonly signature: Uint8Array }>;
}

export interface TestOfficersOptions {
  readonly algorithm?: "SM2" | "ES256";
  /** What the first policy has otherwise than the usual one. */
  readonly change?: (policy: OfficerPolicy) => OfficerPolicy;
}

/** Makes roots, officers' certificates and a first policy with fresh keys. */
export async function createTestOfficers(
  clock: Clock,
  options: TestOfficersOptions = {},
): Promise<TestOfficers> {
  const { roots, crls, enrol, identityOf } = await createEnrolment(clock, options.algorithm ?? "ES256");
  const officers = await Promise.all(people.map(async ([id, role]) => officerRow(id, await enrol(id), role)));
  const policy = firstPolicy(officers, await enrol("break-glass"), options.change);
  const bytes = canonicalBytes(policy);
  return {
    deployment,
    trust: {
      deployment,
      policy_genesis: documentDigest(bytes),
      officer_roots: roots.map(({ raw }) => pemOfDer(raw, "CERTIFICATE")),
      logs: "",
    },
    policy,
    chain: { genesis: base64Of(bytes), changes: [] },
    identity: identityOf,
    enrol,
    crls,
    officer: officerRow,
    propose: (fields) => propose(clock, documentDigest(bytes), identityOf, fields),
    decide: async (request, id, decideOptions = {}) => {
      const { decision = "approve", at = clock.now(), by = identityOf(id) } = decideOptions;
      const statement = canonicalBytes({
        type: "yinxin-approval",
        request: documentDigest(request),
        decision,
        officer: id,
        at: at.toISOString(),
      });
      return { statement, signature: await signStatement(by, statement, at) };
    },
  };
}

interface Enrolment {
  readonly roots: readonly Certificate[];
  readonly crls: TestCertificateAuthority["crls"];
  readonly enrol: TestOfficers["enrol"];
  readonly identityOf: (id: string) => OfficerIdentity;
}

async function createEnrolment(clock: Clock, algorithm: "SM2" | "ES256"): Promise<Enrolment> {
  const authority = await createTestCertificateAuthority(clock);
  const identities = new Map<string, OfficerIdentity>();
  return {
    roots: authority.roots,
    crls: (revoked, lasting) => authority.crls(revoked, lasting),
    enrol: async (id, signer = createSoftwareSigner(generateKey(algorithm).pkcs8)) => {
      const request = await createCertificateRequest({ subject: [{ type: "CN", value: id }], signer });
      const issued = await authority.issue("signer", request);
      const [certificate, ...chain] = [issued.certificate, ...issued.chain].map((der) =>
        parseCertificate(der),
      );
      if (certificate === undefined) throw new RangeError("no certificate was issued");
      const identity = { signer, certificate, chain };
      if (!identities.has(id)) identities.set(id, identity);
      return identity;
    },
    identityOf: (id) => {
      const identity = identities.get(id);
      if (identity === undefined) throw new RangeError(`nobody is ${id}`);
      return identity;
    },
  };
}

function officerRow(
  id: string,
  { certificate }: OfficerIdentity,
  role: OfficerRole,
  person = `person of ${id}`,
): Officer {
  const unit = people.find(([known]) => known === id)?.[2] ?? "行政审批局";
  return { id, person, name: id, unit, role, certificate: base64Of(certificate.raw) };
}

function firstPolicy(
  officers: Officer[],
  breakGlass: OfficerIdentity,
  change: TestOfficersOptions["change"] = (policy) => policy,
): OfficerPolicy {
  return change({
    type: "yinxin-officer-policy",
    version: 1,
    deployment,
    officers,
    // The root is not among them: roots are the verifier's own.
    intermediates: breakGlass.chain.slice(0, -1).map(({ raw }) => base64Of(raw)),
    rules: {
      ...defaultRules(),
      "test.count": rule({ uses: 3 }),
      "test.units": rule({ distinct_units: true }),
    },
    break_glass: { certificate: base64Of(breakGlass.certificate.raw), review_within_hours: 24 },
  });
}

function rule({ uses = 1, ...more }: { readonly uses?: number; readonly distinct_units?: boolean }) {
  return { persons: 2, window: { seconds: 3600, uses }, not_after_seconds: 86_400, ...more };
}

async function propose(
  clock: Clock,
  policy: string,
  identityOf: (id: string) => OfficerIdentity,
  fields: RequestFields,
): Promise<ProposedRequest> {
  const now = clock.now();
  const value: ChangeRequest = {
    type: "yinxin-change-request",
    id: `chg_${randomBytes(10).toString("hex")}`,
    deployment,
    policy,
    service: "test",
    parameters: {},
    reason: "到期轮换",
    proposer: "wang-lei",
    nonce: randomBytes(16).toString("hex"),
    created_at: now.toISOString(),
    not_after: new Date(now.getTime() + 86_400_000).toISOString(),
    ...fields,
  };
  const request = canonicalBytes(value);
  return {
    request,
    signature: await signStatement(identityOf(value.proposer), request, new Date(value.created_at)),
    value,
  };
}
