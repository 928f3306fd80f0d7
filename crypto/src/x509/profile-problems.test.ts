import { describe, expect, it } from "vitest";

import {
  generalNames,
  nameConstraints,
  policyConstraints,
  subjectAltName,
} from "../../testing/encode-extensions.ts";
import { extension, extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import type { Fabrication } from "../../testing/fabricated-certificate.ts";
import {
  contextImplicit,
  element,
  ia5String,
  octetString,
  oid,
  sequence,
  setOf,
  smallInteger,
} from "../der/index.ts";
import { profileProblem } from "./profile-problems.ts";

const keyIdentifier = new Uint8Array(20).fill(7);
const authorityKey = extension("2.5.29.35", sequence(element(0x80, keyIdentifier)), false);
const subjectKey = extension("2.5.29.14", octetString(keyIdentifier), false);
const authority = [extensions.authority(), authorityKey, subjectKey];
const noName = sequence();
const mailName = sequence(setOf(sequence(oid("1.2.840.113549.1.9.1"), ia5String("a@host.example"))));
const location = sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), generalNames.uri("http://ocsp.example")));

const root = await fabricate({ subject: "Root", extensions: [extensions.authority(), subjectKey] });

const problemOf = async (wanted: Partial<Fabrication>) => {
  const { certificate } = await fabricate({
    subject: "End",
    issuer: root,
    extensions: [authorityKey],
    ...wanted,
  });
  return profileProblem(certificate);
};
const withNames = (...names: readonly Uint8Array[]) =>
  problemOf({ extensions: [authorityKey, subjectAltName(...names)] });

describe("the certificate profile of RFC 5280 §4", () => {
  it.each<[string, Partial<Fabrication>]>([
    ["§4.1.2.2", { serialNumber: 0 }],
    ["§4.1.2.6", { subject: noName, extensions: authority }],
    ["§4.1.2.6", { subject: mailName }],
    ["§4.2.1.1", { extensions: [] }],
    ["§4.2.1.1", { extensions: [extension("2.5.29.35", sequence(element(0x80, keyIdentifier)), true)] }],
    ["§4.2.1.2", { extensions: [extensions.authority(), authorityKey] }],
    ["§4.2.1.3", { extensions: [authorityKey, extensions.keyUsage(0x04)] }],
    [
      "§4.2.1.6",
      { subject: noName, extensions: [authorityKey, subjectAltName(generalNames.dns("a.example"))] },
    ],
    [
      "§4.2.1.9",
      {
        extensions: [
          authorityKey,
          subjectKey,
          extension("2.5.29.19", sequence(element(1, Uint8Array.of(255))), false),
        ],
      },
    ],
    ["§4.2.1.10", { extensions: [authorityKey, nameConstraints([generalNames.dns("a.example")])] }],
    ["§4.2.1.10", { extensions: [...authority, nameConstraints([generalNames.dns(".a.example")])] }],
    [
      "§4.2.1.11",
      {
        extensions: [
          ...authority,
          extension("2.5.29.36", sequence(contextImplicit(0, smallInteger(0).subarray(2), false)), false),
        ],
      },
    ],
    ["§4.2.2.1", { extensions: [authorityKey, extension("1.3.6.1.5.5.7.1.1", location, true)] }],
  ])("breaks %s", async (clause, wanted) => {
    expect(await problemOf(wanted)).toMatchObject({
      code: "certificate-profile",
      clause: `RFC 5280 ${clause}`,
    });
  });

  it("is kept by authorities and ends as they should be", async () => {
    expect(profileProblem(root.certificate)).toBeUndefined();
    expect(await problemOf({})).toBeUndefined();
    const constraints = [
      nameConstraints([generalNames.dns("a.example")]),
      policyConstraints({ explicit: 0 }),
    ];
    expect(await problemOf({ extensions: [...authority, ...constraints] })).toBeUndefined();
    const names = sequence(generalNames.dns("a.example"));
    const isCritical = extension("2.5.29.17", names, true);
    expect(await problemOf({ subject: noName, extensions: [authorityKey, isCritical] })).toBeUndefined();
    const mailbox = subjectAltName(generalNames.email("a@host.example"));
    expect(await problemOf({ subject: mailName, extensions: [authorityKey, mailbox] })).toBeUndefined();
    const elsewhere = extension("1.3.6.1.5.5.7.1.1", location, false);
    expect(await problemOf({ extensions: [authorityKey, elsewhere] })).toBeUndefined();
  });

  it("has DNS names of the preferred syntax (RFC 1034 §3.5), wildcards in front included", async () => {
    for (const good of [
      "host.example",
      "*.host.example",
      "a",
      "xn--fiq228c.example",
      "1.example",
      `${"a".repeat(63)}.b`,
    ]) {
      expect(await withNames(generalNames.dns(good)), good).toBeUndefined();
    }
    const bad = [
      "",
      ".host.example",
      "host..example",
      "host.example.",
      "-a.example",
      "a-.example",
      "a_b.example",
    ];
    for (const name of [...bad, "a.*.example", "192.0.2.1", `${"a".repeat(64)}.b`, "a b"]) {
      expect(await withNames(generalNames.dns(name)), name).toMatchObject({ clause: "RFC 5280 §4.2.1.6" });
    }
  });
});
