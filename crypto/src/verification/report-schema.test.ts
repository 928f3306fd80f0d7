import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";

import { onePagePdf } from "../../testing/build-pdf.ts";
import {
  forgeSealedOfd,
  ofdPaths,
  pageXml,
  signatureRecord,
  simpleOfd,
  zipOf,
} from "../../testing/forge-ofd.ts";
import { createSealingParty } from "../../testing/make-seal.ts";
import { utf8Of } from "../bytes/index.ts";
import { verificationReportSchema, verificationReportsSchema, verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const isReport = ajv.compile<VerificationReport>(verificationReportSchema);
const isReportList = ajv.compile<VerificationReport[]>(verificationReportsSchema);

let reports: readonly VerificationReport[];

beforeAll(async () => {
  const { authority, owner, seal } = await createSealingParty();
  const context = { trust: [authority.certificate], at: new Date("2026-11-22T00:00:00Z") };
  const sealed = await forgeSealedOfd(owner, { seal: seal.raw });
  const record = signatureRecord("s001", ofdPaths.signature, "Sign");
  const files = [
    zipOf(sealed),
    zipOf(new Map([...sealed, [ofdPaths.page, pageXml("<x/>")]])),
    zipOf(await forgeSealedOfd(owner, { seal: seal.raw, record })),
    zipOf(await forgeSealedOfd(owner, { seal: seal.raw, signerCertificate: new Uint8Array(2) })),
    zipOf(simpleOfd()),
    zipOf(sealed).subarray(0, 500),
    onePagePdf(),
    seal.raw,
    seal.raw.subarray(0, -1),
    sealed.get(ofdPaths.signedValue) ?? new Uint8Array(),
    utf8Of("nothing"),
  ];
  reports = files.map((bytes, index) => verifyDocument({ name: `file ${String(index)}`, bytes }, context));
});

describe("the JSON Schema of a report", () => {
  it("accepts what verification says of files of every kind", () => {
    expect(new Set(reports.map(({ verdict }) => verdict)).size).toBe(4);
    for (const report of reports) {
      isReport(JSON.parse(JSON.stringify(report)));
      expect(isReport.errors, `${report.file}: ${report.summary}`).toBeNull();
    }
  });

  it("accepts the list that the command line prints", () => {
    expect(isReportList(JSON.parse(JSON.stringify(reports)))).toBe(true);
    expect(isReportList(reports[0])).toBe(false);
  });

  it("refuses a member it does not know, on any level", () => {
    const [report] = reports;
    const [signature] = report?.signatures ?? [];
    const [check] = signature?.checks ?? [];
    expect(isReport({ ...report, extra: 1 })).toBe(false);
    expect(isReport({ ...report, signatures: [{ ...signature, extra: 1 }] })).toBe(false);
    const withCheck = { ...signature, checks: [{ ...check, extra: 1 }] };
    expect(isReport({ ...report, signatures: [withCheck] })).toBe(false);
  });

  it("refuses words that are not of the lists, and a signature called UNSIGNED", () => {
    const [report] = reports;
    const [signature] = report?.signatures ?? [];
    expect(isReport({ ...report, verdict: "GOOD" })).toBe(false);
    expect(isReport({ ...report, signatures: [{ ...signature, verdict: "UNSIGNED" }] })).toBe(false);
    expect(isReport({ ...report, signatures: [{ ...signature, sub_indication: "BAD" }] })).toBe(false);
    expect(isReport({ ...report, signatures: [{ ...signature, time: { claimed: "yesterday" } }] })).toBe(
      false,
    );
  });
});
