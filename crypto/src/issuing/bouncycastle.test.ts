import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { runBouncyCastle } from "../../testing/bouncycastle/run-bouncycastle.ts";
import {
  createRevocationScene,
  sceneFiles,
  sceneNonce,
  sceneRequest,
  sceneTime,
} from "../../testing/revocation-scene.ts";
import { withFolder } from "../../testing/run-tool.ts";
import {
  judgeCertificate,
  judgeOcspResponse,
  parseCertificateList,
  parseOcspResponse,
} from "../revocation/index.ts";
import { parseCertificate } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";

const ours = ["SM2", "ES256", "PS256", "Ed25519"] as const;
const theirs = ["SM3WITHSM2", "SHA256WITHECDSA"] as const;

describe("certificates, lists and OCSP beside BouncyCastle", () => {
  toolTest(["java"], "pass both ways, those of SM2 too", async () => {
    const scenes = await Promise.all(
      ours.map(async (name) => [name, await createRevocationScene(name)] as const),
    );
    const files = await Promise.all(scenes.map(([, scene]) => sceneFiles(scene)));
    withFolder((folder) => {
      for (const [index, [name]] of scenes.entries()) {
        mkdirSync(join(folder, "ours", name), { recursive: true });
        for (const [file, content] of Object.entries(files[index] ?? {}))
          writeFileSync(join(folder, "ours", name, file), content);
      }
      for (const name of theirs) {
        mkdirSync(join(folder, "theirs", name), { recursive: true });
        const [, scene] = scenes[name === "SM3WITHSM2" ? 0 : 1] ?? [];
        if (scene !== undefined)
          writeFileSync(join(folder, "theirs", name, "request.der"), sceneRequest(scene, scene.good));
      }
      const run = runBouncyCastle("RevocationExchange.java", folder, String(sceneTime.getTime()));
      expect(run.status, run.output).toBe(0);
      const lines = run.output.split("\n");
      for (const name of ours) {
        expect(lines).toContain(`${name} path of good: valid`);
        expect(lines).toContainEqual(
          expect.stringMatching(`^${name} path of revoked: invalid, Certificate revoc.*keyCompromise`),
        );
        expect(lines).toContain(`${name} request: true`);
        expect(lines).toContain(`${name} response for good: good`);
        expect(lines).toContain(`${name} response for revoked: revoked 1`);
      }
      for (const name of theirs) judgeTheirs(join(folder, "theirs", name));
    });
  });
});

/** What BouncyCastle issued, judged by us. */
function judgeTheirs(folder: string): void {
  const read = (name: string): Uint8Array => readFileSync(join(folder, name));
  const [root, good, revoked] = ["root.der", "good.der", "revoked.der"].map((name) =>
    parseCertificate(read(name)),
  );
  if (root === undefined || good === undefined || revoked === undefined)
    throw new Error("three certificates");
  const list = parseCertificateList(read("list.der"));
  expect(list.number).toBe(10n);
  const judge = (certificate: Certificate) =>
    judgeCertificate({
      certificate,
      intermediates: [],
      anchors: [root],
      at: sceneTime,
      evidence: { crls: [list], ocspResponses: [] },
      policy: { revocation: "required", algorithms: "default" },
    });
  expect(judge(good)).toMatchObject({ result: "passed" });
  expect(judge(revoked)).toMatchObject({
    result: "failed",
    code: "revoked",
    revocation: [{ status: "revoked", reason: "keyCompromise" }, {}],
  });

  for (const [certificate, name, expected] of [
    [good, "good-response.der", { status: "good" }],
    [revoked, "revoked-response.der", { status: "revoked", reason: "keyCompromise" }],
  ] as const) {
    const response = parseOcspResponse(read(name));
    const judged = judgeOcspResponse({
      response,
      certificate,
      issuer: root,
      at: sceneTime,
      algorithms: "default",
      nonce: sceneNonce,
    });
    expect(judged).toMatchObject({ ...expected, responder: { subject: { text: "CN=Responder" } } });
  }
}
