import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { createParty } from "../../testing/signing-parties.ts";
import { stampPolicy } from "../../testing/stamp-with.ts";
import { pemOfDer, utf8Of } from "../bytes/index.ts";
import { createSigningIdentity } from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import {
  issueTimeStampToken,
  judgeTimeStampToken,
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  prepareTimeStampToken,
  writeTimeStampRequest,
  writeTimeStampResponse,
} from "./index.ts";
import type { TimeStampToken } from "./index.ts";

const data = utf8Of("what is stamped\n");

const configuration = `
[tsa]
default_tsa = stamper
[stamper]
serial = ./serial
crypto_device = builtin
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = ${stampPolicy}
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

/** What a verification of a token says whose authority's root is known. */
function judge(token: TimeStampToken, root: Awaited<ReturnType<typeof createParty>>, now: Date): string {
  const { result, code } = judgeTimeStampToken({
    token,
    imprint: (algorithm) => digest(algorithm, data),
    anchors: [root.certificate],
    intermediates: [],
    evidence: { crls: [], ocspResponses: [] },
    now,
  });
  return code === undefined ? result : `${result} ${code}`;
}

describe("openssl ts", () => {
  for (const algorithm of ["ES256", "RS256"] as const) {
    toolTest(
      ["openssl"],
      `asks what we answer with ${algorithm}, and verifies response and token`,
      async () => {
        const root = await createParty(algorithm, "root-ca", "Stamp Root", 1);
        const tsa = await createParty(algorithm, "tsa", "Stamps", 2, root);
        const files = {
          data,
          other: utf8Of("else"),
          "root.pem": pemOfDer(root.certificate.raw, "CERTIFICATE"),
        };
        const query = inOpensslFolder(files, ({ run, read }) => {
          expect(run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query.tsq").status).toBe(
            0,
          );
          return read("query.tsq");
        });
        const request = parseTimeStampRequest(query);
        expect(request).toMatchObject({ wantsCertificates: true, imprint: { algorithm: "SHA-256" } });
        const token = await issueTimeStampToken(
          { signer: tsa.signer },
          prepareTimeStampToken({
            request,
            authority: createSigningIdentity({ certificate: tsa.certificate, algorithm }),
            policy: stampPolicy,
            serialNumber: 0x1234n,
            time: new Date("2026-11-22T08:00:00.125Z"),
            accuracy: { seconds: 1, milliseconds: 0, microseconds: 0 },
          }),
        );
        const answers = {
          ...files,
          "query.tsq": query,
          "response.tsr": writeTimeStampResponse({ token }),
          "token.der": token,
          "refusal.tsr": writeTimeStampResponse({ failure: "timeNotAvailable", text: "clock" }),
        };
        inOpensslFolder(answers, ({ run }) => {
          const verify = (...more: readonly string[]): string =>
            run("ts", "-verify", "-CAfile", "root.pem", ...more).output;
          expect(verify("-in", "response.tsr", "-queryfile", "query.tsq")).toContain("Verification: OK");
          expect(verify("-in", "token.der", "-token_in", "-data", "data")).toContain("Verification: OK");
          expect(verify("-in", "token.der", "-token_in", "-data", "other")).toContain("FAILED");
          const shown = run("ts", "-reply", "-in", "response.tsr", "-text").output;
          expect(shown).toContain("Nov 22 08:00:00.125 2026 GMT");
          expect(shown).toContain("0x1234");
          const refused = run("ts", "-reply", "-in", "refusal.tsr", "-text").output;
          expect(refused).toContain("time source is not available");
        });
      },
    );

    toolTest(
      ["openssl"],
      `answers with ${algorithm} what we asked, and we accept response and token`,
      async () => {
        const root = await createParty(algorithm, "root-ca", "Stamp Root", 1);
        const tsa = await createParty(algorithm, "tsa", "Stamps", 2, root);
        const request = writeTimeStampRequest({
          algorithm: "SHA-384",
          digest: digest("SHA-384", data),
          nonce: 0x0102_0304_0506_0708n,
          wantsCertificates: true,
        });
        const files = {
          "query.tsq": request,
          "tsa.cnf": configuration,
          serial: "01\n",
          "root.pem": pemOfDer(root.certificate.raw, "CERTIFICATE"),
          "tsa.pem": pemOfDer(tsa.certificate.raw, "CERTIFICATE"),
          "tsa.key": pemOfDer(tsa.pkcs8, "PRIVATE KEY"),
        };
        inOpensslFolder(files, ({ run, read }) => {
          const reply = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq"] as const;
          expect(run(...reply, "-out", "response.tsr")).toMatchObject({ status: 0 });
          const response = parseTimeStampResponse(read("response.tsr"), { profile: "lenient" });
          if (response.token === undefined) throw new Error("no token");
          const { info } = response.token;
          expect(info).toMatchObject({
            nonce: 0x0102_0304_0506_0708n,
            policy: stampPolicy,
            isOrdered: true,
            accuracy: { seconds: 1, milliseconds: 500, microseconds: 100 },
          });
          expect(judge(response.token, root, info.time)).toBe("passed");
          expect(run(...reply, "-token_out", "-out", "token.der")).toMatchObject({ status: 0 });
          const token = parseTimeStampToken(read("token.der"), { profile: "lenient" });
          expect(judge(token, root, token.info.time)).toBe("passed");
        });
      },
    );
  }
});
