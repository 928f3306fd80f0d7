import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  certificatePolicies,
  crlDistributionPoints,
  generalNames,
  inhibitAnyPolicy,
  nameConstraints,
  policyConstraints,
  policyMappings,
  subjectAltName,
} from "../../testing/encode-extensions.ts";
import { commonName, extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { bitString, parseDer, sequence } from "../der/index.ts";
import { parseCertificate, validatePath, X509Error } from "./index.ts";

const everything = await fabricate({
  subject: "Everything",
  extensions: [
    extensions.authority(3),
    subjectAltName(
      generalNames.dns("a.example"),
      generalNames.email("a@a.example"),
      generalNames.other("1.2.3"),
    ),
    nameConstraints(
      [generalNames.directory("Every"), generalNames.ip(10, 0, 0, 0, 255, 0, 0, 0)],
      [generalNames.uri(".b")],
    ),
    certificatePolicies("1.2.3", "2.5.29.32.0"),
    policyMappings(["1.2.3", "1.2.4"]),
    policyConstraints({ explicit: 2, mapping: 0 }),
    inhibitAnyPolicy(1),
    crlDistributionPoints({ url: "http://a.example/list", issuer: commonName("Lists") }),
  ],
});
const { raw, tbs, signature } = everything.certificate;

const changes = fc.array(fc.record({ at: fc.nat({ max: raw.length - 1 }), octet: fc.nat({ max: 255 }) }), {
  minLength: 1,
  maxLength: 4,
});

describe("a certificate with every extension", () => {
  it("is read whole", () => {
    expect(everything.certificate).toMatchObject({
      malformedExtensions: [],
      basicConstraints: { isCa: true, pathLength: 3 },
      policyConstraints: { requireExplicitPolicy: 2, inhibitPolicyMapping: 0 },
      policyMappings: [{ issuerDomainPolicy: "1.2.3", subjectDomainPolicy: "1.2.4" }],
      inhibitAnyPolicy: 1,
      crlDistributionPoints: [
        { name: { kind: "full", names: [{ kind: "uri", value: "http://a.example/list" }] } },
      ],
    });
    expect(everything.certificate.nameConstraints?.permitted.map(({ kind }) => kind)).toEqual([
      "directory",
      "ip",
    ]);
  });

  it("is read, or refused with an X509Error, whatever is changed in it, and never judged with an exception", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const changed = Uint8Array.from(raw);
        for (const { at, octet } of list) changed[at] = octet;
        try {
          const certificate = parseCertificate(changed);
          expect(certificate.raw).toEqual(changed);
          const judged = validatePath({
            certificate,
            intermediates: [certificate],
            anchors: [everything.certificate],
            at: new Date("2026-06-01T00:00:00Z"),
            policy: { algorithms: "default" },
          });
          // A change in the signed part of the anchor's own certificate makes it another one.
          expect(judged.isValid && judged.chain.length === 1).toBe(
            judged.isValid && changed.every((octet, index) => octet === raw[index]),
          );
        } catch (cause) {
          expect(cause).toBeInstanceOf(X509Error);
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("re-encodes to the octets that it was read from", () => {
    const algorithm = parseDer(raw).children[1]?.raw ?? new Uint8Array();
    expect(sequence(tbs, algorithm, bitString(signature))).toEqual(raw);
  });
});
