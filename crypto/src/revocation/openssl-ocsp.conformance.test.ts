import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { bytesOfBase64, textOfUtf8 } from "../bytes/index.ts";
import { parseCertificatesPem } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { judgeOcspResponse, OcspError, parseOcspResponse } from "./index.ts";
import type { OcspResponse } from "./index.ts";

interface OcspCase {
  readonly name: string;
  readonly root: string;
  readonly other_certs?: readonly string[];
  readonly cert: string;
  readonly ocsps: readonly string[];
  readonly path_len: number;
  readonly moment: string;
  readonly error?: { readonly class: string; readonly msg_regex?: string };
}

const suite = "pkits/openssl-ocsp";

function certificateIn(folder: string, name: string): Certificate {
  const [certificate] = parseCertificatesPem(readFileSync(join(folder, name), "utf8"));
  if (certificate === undefined) throw new Error(`${name} has no certificate`);
  return certificate;
}

function responseIn(folder: string, name: string): OcspResponse | undefined {
  const text = textOfUtf8(readFileSync(join(folder, name))).replaceAll(/\s/g, "");
  try {
    return parseOcspResponse(bytesOfBase64(text));
  } catch (cause) {
    if (cause instanceof OcspError) return undefined;
    throw cause;
  }
}

interface Question {
  readonly response: string;
  readonly certificate: string;
  readonly issuer: string;
  readonly at: Date;
}

function statusOf(folder: string, { response: name, certificate, issuer, at }: Question): string {
  const response = responseIn(folder, name);
  if (response === undefined) return "unusable";
  return judgeOcspResponse({
    response,
    certificate: certificateIn(folder, certificate),
    issuer: certificateIn(folder, issuer),
    at,
    algorithms: "conformance",
  }).status;
}

/** From the end entity upwards, each certificate that the case has a response for. */
function areGood(folder: string, { root, cert, other_certs: others = [], ocsps, moment }: OcspCase): boolean {
  const chain = [cert, ...others, root];
  return ocsps.every((response, index) => {
    const [certificate = "", issuer = ""] = chain.slice(index);
    return statusOf(folder, { response, certificate, issuer, at: new Date(moment) }) === "good";
  });
}

/** D: signed by a delegate; ND: by the authority itself. */
const sets = {
  D1: ["D1_Cert_EE.pem", "D1_Issuer_ICA.pem"],
  D2: ["D2_Cert_ICA.pem", "D2_Issuer_Root.pem"],
  D3: ["D3_Cert_EE.pem", "D3_Issuer_Root.pem"],
  ND1: ["ND1_Cert_EE.pem", "ND1_Issuer_ICA.pem"],
  ND2: ["ND2_Cert_ICA.pem", "ND2_Issuer_Root.pem"],
  ND3: ["ND3_Cert_EE.pem", "ND3_Issuer_Root.pem"],
} as const;

/** What is wrong with the response or the issuer's certificate, by OpenSSL's prefix. */
const changes = [
  { what: "nothing", prefix: "", on: "response", sets: /D/, isGood: true },
  { what: "the signature of the response", prefix: "ISOP_", on: "response", sets: /D/, isGood: false },
  { what: "the responder's id", prefix: "WRID_", on: "response", sets: /D/, isGood: false },
  { what: "the hash of the issuer's name", prefix: "WINH_", on: "response", sets: /D/, isGood: false },
  { what: "the hash of the issuer's key", prefix: "WIKH_", on: "response", sets: /D/, isGood: false },
  { what: "the key of the delegate", prefix: "WKDOSC_", on: "response", sets: /^D/, isGood: false },
  { what: "the signature on the delegate", prefix: "ISDOSC_", on: "response", sets: /^D/, isGood: false },
  { what: "the issuer's subject", prefix: "WSNIC_", on: "issuer", sets: /D/, isGood: false },
  { what: "the issuer's key", prefix: "WKIC_", on: "issuer", sets: /D/, isGood: false },
  // Whoever names an issuer trusts it; its own signature is a path's concern.
  { what: "the signature on the issuer", prefix: "ISIC_", on: "issuer", sets: /D/, isGood: true },
] as const;

describe("OpenSSL's OCSP vectors", () => {
  vectorTest(suite, "say of each certificate of 29 chains what they are meant to", (folder) => {
    const cases = JSON.parse(readFileSync(join(folder, "openssl-ocsp.json"), "utf8")) as OcspCase[];
    expect(cases).toHaveLength(29);
    const judged = cases.map((each) => ({ name: each.name, isGood: areGood(folder, each) }));
    const right = judged.filter(({ isGood }, index) => isGood === (cases[index]?.error === undefined)).length;
    conformanceRow({ suite: "OpenSSL OCSP, chains", right, of: cases.length });
    expect(judged).toEqual(cases.map(({ name, error }) => ({ name, isGood: error === undefined })));
  });

  for (const { what, prefix, on, sets: applies, isGood } of changes) {
    const names = (Object.keys(sets) as (keyof typeof sets)[]).filter((name) => applies.test(name));
    const verdict = isGood ? "good" : "not good";
    vectorTest(
      suite,
      `with a change of ${what} are ${verdict}, in ${String(names.length)} sets`,
      (folder) => {
        const statuses = names.map((name) => {
          const [certificate, issuer] = sets[name];
          // All responses of a set are current at this time.
          const at = new Date(name.startsWith("N") ? "2012-10-12T00:00:00Z" : "2012-10-23T11:00:00Z");
          return statusOf(folder, {
            response: `${on === "response" ? prefix : ""}${name}.ors`,
            certificate,
            issuer: `${on === "issuer" ? prefix : ""}${issuer}`,
            at,
          });
        });
        const right = statuses.filter((status) => (status === "good") === isGood).length;
        conformanceRow({ suite: `OpenSSL OCSP, ${what} changed`, right, of: names.length });
        expect(statuses).toEqual(
          names.map(() => (isGood ? "good" : (expect.not.stringMatching(/^good$/) as string))),
        );
      },
    );
  }
});
