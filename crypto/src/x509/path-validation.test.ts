import { describe, expect, it } from "vitest";

import {
  certificatePolicies,
  extendedKeyUsage,
  generalNames,
  inhibitAnyPolicy,
  nameConstraints,
  policyConstraints,
  policyMappings,
  subjectAltName,
} from "../../testing/encode-extensions.ts";
import { extension, extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import { createTestHierarchy } from "../../testing/test-hierarchy.ts";
import { concatBytes } from "../bytes/index.ts";
import {
  contextExplicit,
  contextImplicit,
  nullValue,
  oid,
  sequence,
  setOf,
  utf8String,
} from "../der/index.ts";
import { validatePath } from "./index.ts";
import type { PathPolicy, PathValidation } from "./index.ts";

const at = new Date("2026-06-01T00:00:00Z");
const authority = extensions.authority();
const root = await fabricate({ subject: "Root", extensions: [authority] });

interface Chain {
  readonly anchor?: Entity;
  readonly authorityExtensions?: readonly Uint8Array[];
  readonly endExtensions?: readonly Uint8Array[];
  readonly end?: {
    readonly subject?: string | Uint8Array;
    readonly notAfter?: Date;
    readonly notBefore?: Date;
  };
  readonly policy?: Partial<PathPolicy>;
}

/** SmtpUTF8Mailbox */
function mailbox(address: string): Uint8Array {
  const value = contextExplicit(0, utf8String(address));
  return contextImplicit(0, concatBytes(oid("1.3.6.1.5.5.7.8.9"), value), true);
}

/** A path of three certificates under the root. */
async function validate(chain: Chain): Promise<PathValidation> {
  const { anchor = root, authorityExtensions = [authority], endExtensions = [], policy } = chain;
  const middle = await fabricate({ subject: "Authority", issuer: anchor, extensions: authorityExtensions });
  const end = await fabricate({ subject: "End", ...chain.end, issuer: middle, extensions: endExtensions });
  return validatePath({
    certificate: end.certificate,
    intermediates: [middle.certificate],
    anchors: [anchor.certificate],
    at,
    policy: { algorithms: "default", ...policy },
  });
}

describe("a path by RFC 5280 §6", () => {
  it.each(["ES256", "SM2"] as const)("of %s keys from the end to an anchor is valid", async (algorithm) => {
    const { root: top, authority: middle, signer } = await createTestHierarchy(algorithm);
    const judged = validatePath({
      certificate: signer.certificate,
      intermediates: [middle.certificate],
      anchors: [top.certificate],
      at,
      policy: { algorithms: "default", requiredKeyUsage: ["digitalSignature"], mustFollowProfile: true },
    });
    expect(judged).toMatchObject({ isValid: true, failures: [], candidates: [] });
    expect(judged.chain).toEqual([signer.certificate, middle.certificate, top.certificate]);
    expect(judged.spent).toMatchObject({ paths: 1, signatureChecks: 2 });
  });

  it.each<[string, string, Chain]>([
    ["expired", "§6.1.3 (a)(2)", { end: { notAfter: new Date("2026-05-01T00:00:00Z") } }],
    ["not-yet-valid", "§6.1.3 (a)(2)", { end: { notBefore: new Date("2026-07-01T00:00:00Z") } }],
    ["not-a-ca", "§6.1.4 (k)", { authorityExtensions: [] }],
    ["key-usage", "§6.1.4 (n)", { authorityExtensions: [authority, extensions.keyUsage(0x80)] }],
    [
      "key-usage",
      "§4.2.1.3",
      { endExtensions: [extensions.keyUsage(0x20)], policy: { requiredKeyUsage: ["digitalSignature"] } },
    ],
    [
      "extended-key-usage",
      "§4.2.1.12",
      { endExtensions: [extendedKeyUsage("1.2.3")], policy: { requiredExtendedKeyUsage: ["1.2.4"] } },
    ],
    [
      "extended-key-usage",
      "§4.2.1.12",
      {
        authorityExtensions: [authority, extendedKeyUsage("1.2.3")],
        policy: { requiredExtendedKeyUsage: ["1.2.4"], nestedExtendedKeyUsage: true },
      },
    ],
    ["path-too-long", "§6.1.4 (l)", { policy: { mostIntermediates: 0 } }],
    [
      "unknown-critical-extension",
      "§6.1.4 (o)",
      { authorityExtensions: [authority, extension("1.2.3", nullValue(), true)] },
    ],
    ["unknown-critical-extension", "§6.1.5 (f)", { endExtensions: [extension("1.2.3", nullValue(), true)] }],
    ["certificate-malformed", "§4.2", { endExtensions: [extension("2.5.29.17", nullValue(), false)] }],
    ["certificate-profile", "§4.2.1.1", { policy: { mustFollowProfile: true } }],
    ["policy-required", "§6.1.3 (f)", { policy: { requireExplicitPolicy: true } }],
    [
      "policy-required",
      "§6.1.5 (g)",
      {
        authorityExtensions: [authority, certificatePolicies("1.2.3")],
        endExtensions: [certificatePolicies("1.2.3")],
        policy: { requireExplicitPolicy: true, initialPolicySet: ["1.2.4"] },
      },
    ],
    [
      "policy-mapping-wrong",
      "§6.1.4 (a)",
      {
        authorityExtensions: [
          authority,
          certificatePolicies("1.2.3"),
          policyMappings(["1.2.3", "2.5.29.32.0"]),
        ],
      },
    ],
    [
      "name-excluded",
      "§6.1.3 (c)",
      {
        endExtensions: [subjectAltName(generalNames.dns("a.example"))],
        authorityExtensions: [authority, nameConstraints([], [generalNames.dns("example")])],
      },
    ],
    [
      "name-not-permitted",
      "§6.1.3 (b)",
      { authorityExtensions: [authority, nameConstraints([generalNames.directory("Somebody")])] },
    ],
    [
      "name-not-permitted",
      "§6.1.3 (b)",
      {
        policy: { permittedSubtrees: [{ kind: "dns", value: "example" }] },
        endExtensions: [subjectAltName(generalNames.dns("elsewhere"))],
      },
    ],
    [
      "name-constraint-unsupported",
      "§4.2.1.10",
      {
        endExtensions: [subjectAltName(generalNames.registeredId("1.2.3"))],
        authorityExtensions: [authority, nameConstraints([generalNames.registeredId("1.2.3")])],
      },
    ],
    [
      "name-constraint-unsupported",
      "§4.2.1.10",
      {
        endExtensions: [subjectAltName(generalNames.other("1.2.3"))],
        authorityExtensions: [authority, nameConstraints([], [generalNames.other("1.2.3")])],
      },
    ],
    // An address in the subject is not set free by alternative names of other forms.
    [
      "name-not-permitted",
      "§6.1.3 (b)",
      {
        end: {
          subject: sequence(setOf(sequence(oid("1.2.840.113549.1.9.1"), utf8String("a@evil.example")))),
        },
        endExtensions: [subjectAltName(generalNames.dns("a.example"))],
        authorityExtensions: [authority, nameConstraints([generalNames.email("good.example")])],
      },
    ],
    // Nor is one in international form, which is an otherName (RFC 9598 §6).
    [
      "name-excluded",
      "§6.1.3 (c)",
      {
        endExtensions: [subjectAltName(mailbox("é@evil.example"))],
        authorityExtensions: [authority, nameConstraints([], [generalNames.email("evil.example")])],
      },
    ],
    [
      "name-constraint-unsupported",
      "§4.2.1.10",
      {
        endExtensions: [subjectAltName(mailbox("é@bücher.example"))],
        authorityExtensions: [authority, nameConstraints([generalNames.email("example")])],
      },
    ],
    [
      "certificate-malformed",
      "§4.2",
      { authorityExtensions: [authority, nameConstraints([], [generalNames.dns("evil.example.")])] },
    ],
    ["certificate-malformed", "§4.2", { endExtensions: [extendedKeyUsage()] }],
  ])("is refused with %s, by %s", async (code, clause, chain) => {
    const judged = await validate(chain);
    expect(judged.failures.map((failure) => [failure.code, failure.clause])).toContainEqual([
      code,
      `RFC 5280 ${clause}`,
    ]);
    expect(judged.isValid).toBe(false);
    expect(judged.chain).toHaveLength(3);
  });

  it("may lack policies that nobody asks for, and reports those that are valid", async () => {
    expect((await validate({})).policies).toMatchObject({ authorityConstrained: [], userConstrained: [] });
    const policies = [certificatePolicies("1.2.3", "1.2.4")];
    const judged = await validate({
      authorityExtensions: [authority, ...policies, policyMappings(["1.2.3", "1.2.9"])],
      endExtensions: [certificatePolicies("1.2.9", "1.2.5")],
      policy: { requireExplicitPolicy: true },
    });
    expect(judged).toMatchObject({ isValid: true, policies: { userConstrained: ["1.2.3"] } });
  });

  it("keeps to limits on policies that stand in the anchor", async () => {
    const strict = await fabricate({
      subject: "Strict",
      extensions: [authority, policyConstraints({ explicit: 0, mapping: 0 }), inhibitAnyPolicy(0)],
    });
    const any = certificatePolicies("2.5.29.32.0");
    const some = certificatePolicies("1.2.3");
    const refused = await validate({
      anchor: strict,
      authorityExtensions: [authority, any],
      endExtensions: [some],
    });
    expect(refused).toMatchObject({ isValid: false });
    const accepted = await validate({
      anchor: strict,
      authorityExtensions: [authority, some],
      endExtensions: [some],
    });
    expect(accepted).toMatchObject({ isValid: true });
  });

  it("prefers no cause that another time would mend, and lists them all", async () => {
    const judged = await validate({
      authorityExtensions: [],
      end: { notAfter: new Date("2026-05-01T00:00:00Z") },
    });
    expect(judged.failures.map(({ code }) => code)).toEqual(["not-a-ca", "expired"]);
  });

  it("goes over the certificate of an authority's old key under its new one (RFC 4210 §4.4)", async () => {
    const name = "Changed";
    const [oldKey, newKey] = [newSigner(), newSigner()];
    const oldRoot = await fabricate({ subject: name, signer: oldKey, extensions: [authority] });
    const newRoot = await fabricate({ subject: name, signer: newKey, extensions: [extensions.authority(0)] });
    const oldWithNew = await fabricate({
      subject: name,
      signer: oldKey,
      issuer: newRoot,
      extensions: [authority],
    });
    const end = await fabricate({ subject: "End", issuer: oldRoot });
    const question = {
      certificate: end.certificate,
      anchors: [newRoot.certificate],
      at,
      policy: { algorithms: "default" },
    } as const;
    // Self-issued: it does not count against the path length.
    expect(validatePath({ ...question, intermediates: [oldWithNew.certificate] }).isValid).toBe(true);
    const without = validatePath({ ...question, intermediates: [] });
    expect(without.failures[0]).toMatchObject({ code: "signature-wrong", clause: "RFC 5280 §6.1.3 (a)(1)" });
  });

  it("is found through the one of several issuers' certificates that leads on, and tells of the others", async () => {
    const key = newSigner();
    const stranger = await fabricate({ subject: "Stranger", extensions: [authority] });
    const [right, lost] = [
      await fabricate({ subject: "A", signer: key, issuer: root, extensions: [authority] }),
      await fabricate({ subject: "A", signer: key, issuer: stranger, extensions: [authority] }),
    ];
    const end = await fabricate({ subject: "End", issuer: right });
    const judged = validatePath({
      certificate: end.certificate,
      intermediates: [lost.certificate, right.certificate],
      anchors: [root.certificate],
      at,
      policy: { algorithms: "default" },
    });
    expect(judged.chain[1]).toBe(right.certificate);
    expect(judged.candidates).toMatchObject([
      { code: "no-chain", subject: "CN=A", clause: "RFC 5280 §6.1.3 (a)(4)" },
    ]);
  });

  it("may be the anchor itself", async () => {
    const { certificate } = await fabricate({ subject: "Pinned" });
    const judged = validatePath({
      certificate,
      intermediates: [],
      anchors: [certificate],
      at,
      policy: { algorithms: "default" },
    });
    expect(judged).toMatchObject({ isValid: true, chain: [certificate] });
  });

  it("is judged only for a time that is one", () => {
    const question = {
      certificate: root.certificate,
      intermediates: [],
      anchors: [],
      policy: { algorithms: "default" },
    } as const;
    expect(() => validatePath({ ...question, at: new Date(Number.NaN) })).toThrow(RangeError);
  });
});
