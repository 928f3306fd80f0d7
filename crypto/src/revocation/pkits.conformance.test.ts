import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { CertificateListError, judgeCertificate, parseCertificateList } from "./index.ts";
import type { CertificateJudgement, CertificateList } from "./index.ts";

/** The NIST Public Key Interoperability Test Suite, in the form of pyHanko's fixtures. */
interface PkitsCase {
  readonly id: string;
  readonly name: string;
  readonly cert: string;
  readonly other_certs?: readonly string[];
  readonly crls?: readonly string[];
  /** How many certificates the path has, with the anchor. */
  readonly path_len: number;
  readonly error?: { readonly class: string };
  readonly params?: {
    readonly initial_explicit_policy?: boolean;
    readonly user_initial_policy_set?: readonly string[];
    readonly initial_policy_mapping_inhibit?: boolean;
    readonly initial_any_policy_inhibit?: boolean;
  };
}

const at = new Date("2022-05-01T00:00:00Z");
const place = "pkits/nist_pkits";

/** What cannot even be read is no evidence. */
function read<Value>(path: string, parse: (der: Uint8Array) => Value): Value[] {
  try {
    return [parse(new Uint8Array(readFileSync(path)))];
  } catch (cause) {
    if (cause instanceof X509Error || cause instanceof CertificateListError) return [];
    throw cause;
  }
}

function certificatesOf(folder: string, names: readonly string[] = []): Certificate[] {
  return names.flatMap((name) => read(join(folder, "certs", name), parseCertificate));
}

function listsOf(folder: string, names: readonly string[] = []): CertificateList[] {
  return names.flatMap((name) => read(join(folder, "crls", name), parseCertificateList));
}

function judge(folder: string, test: PkitsCase): CertificateJudgement | undefined {
  const [certificate] = certificatesOf(folder, [test.cert]);
  if (certificate === undefined) return undefined;
  const { params } = test;
  return judgeCertificate({
    certificate,
    intermediates: certificatesOf(folder, test.other_certs),
    anchors: certificatesOf(folder, ["TrustAnchorRootCertificate.crt"]),
    at,
    evidence: { crls: listsOf(folder, [...(test.crls ?? []), "TrustAnchorRootCRL.crl"]), ocspResponses: [] },
    policy: {
      revocation: "required",
      algorithms: "conformance",
      ...(params?.user_initial_policy_set && { initialPolicySet: params.user_initial_policy_set }),
      requireExplicitPolicy: params?.initial_explicit_policy ?? false,
      inhibitPolicyMapping: params?.initial_policy_mapping_inhibit ?? false,
      inhibitAnyPolicy: params?.initial_any_policy_inhibit ?? false,
    },
  });
}

describe("the NIST PKI test suite", () => {
  vectorTest(place, "gives the expected verdict in all 246 cases", (folder) => {
    const cases = JSON.parse(readFileSync(join(folder, "pkits.json"), "utf8")) as PkitsCase[];
    const wrong: string[] = [];
    let slowest = { name: "", milliseconds: 0 };
    for (const test of cases) {
      const start = performance.now();
      const judgement = judge(folder, test);
      const milliseconds = performance.now() - start;
      if (milliseconds > slowest.milliseconds) slowest = { name: test.name, milliseconds };
      const isRight =
        test.error === undefined
          ? judgement?.result === "passed" && judgement.chain.length === test.path_len
          : judgement?.result !== "passed";
      if (!isRight || judgement?.exhausted !== undefined) {
        wrong.push(`${test.id} ${test.name}: ${judgement?.code ?? "passed"} ${judgement?.detail ?? ""}`);
      }
    }
    const right = cases.length - wrong.length;
    const time = `${slowest.milliseconds.toFixed(0)} ms with reading`;
    const note = `slowest ${slowest.name}, ${time}`;
    conformanceRow({ suite: "NIST PKITS", right, of: cases.length, note });
    expect(wrong).toEqual([]);
    expect(cases).toHaveLength(246);
  });
});
