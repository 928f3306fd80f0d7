import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect } from "vitest";

import { findTool, toolTest } from "../../../scripts/testing/tools.ts";
import { runBouncyCastle } from "../../testing/bouncycastle/run-bouncycastle.ts";
import { readFirst, sceneContent, sceneTimes, signAtLevel, signBaseline } from "../../testing/cades-scene.ts";
import { withFolder } from "../../testing/run-tool.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import type { SigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import {
  createSigningIdentity,
  issueCounterSignature,
  issueSignedData,
  parseSignedData,
  prepareCounterSignature,
  prepareSignedData,
} from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import {
  judgeTimeStampToken,
  parseTimeStampRequest,
  parseTimeStampToken,
  writeTimeStampRequest,
  writeTimeStampResponse,
} from "../timestamp/index.ts";
import { verifySignedData } from "./index.ts";

const algorithms = { sm2: "SM3", p256: "SHA-256" } as const;
type Family = keyof typeof algorithms;
const families = ["sm2", "p256"] as const;

async function filesOf(family: Family, parties: SigningParties): Promise<Record<string, Uint8Array>> {
  const { signer, second, tsa } = parties;
  const algorithm = algorithms[family];
  const baseline = readFirst(await signBaseline(signer));
  const counter = prepareCounterSignature({
    ...baseline,
    identity: createSigningIdentity({ certificate: second.certificate }),
    signingTime: sceneTimes.stamped,
  });
  const imprint = { algorithm, digest: digest(algorithm, sceneContent) } as const;
  const request = writeTimeStampRequest({ ...imprint, nonce: 99n, wantsCertificates: true });
  const token = await stampWith(tsa, sceneTimes.stamped, { request: parseTimeStampRequest(request) })(
    imprint,
  );
  const files = {
    "attached.p7s": baseline.signedData.raw,
    "detached.p7s": await signBaseline(signer, "detached"),
    "countersigned.p7s": await issueCounterSignature({ signer: second.signer }, counter),
    "lt.p7s": await signAtLevel(parties, "B-LT", { algorithm }),
    "lta.p7s": await signAtLevel(parties, "B-LTA", { algorithm }),
    "token.der": token,
    "request.tsq": request,
    "response.tsr": writeTimeStampResponse({ token }),
    "signer.der": signer.certificate.raw,
    "signer.key": signer.pkcs8,
    "second.der": second.certificate.raw,
    "tsa.der": tsa.certificate.raw,
    "tsa.key": tsa.pkcs8,
  };
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${family}-${name}`, bytes]));
}

async function signNational({ signer }: SigningParties): Promise<Uint8Array> {
  const identity = createSigningIdentity({ certificate: signer.certificate });
  const prepared = prepareSignedData({
    content: { kind: "attached", bytes: sceneContent },
    family: "national",
    signers: [{ identity, flavour: "cades", signingTime: sceneTimes.signed }],
  });
  return issueSignedData({ signers: [signer.signer] }, prepared);
}

/** One run of the program does everything. */
describe.runIf(findTool("java") !== undefined || process.env["YINXIN_REQUIRE_ALL"] === "1")(
  "BouncyCastle",
  () => {
    const made = new Map<string, Uint8Array>();
    let output = "";
    let parties: Record<Family, SigningParties>;

    beforeAll(async () => {
      if (findTool("java") === undefined) return;
      parties = { sm2: await createSigningParties("SM2"), p256: await createSigningParties("ES256") };
      const files = {
        content: sceneContent,
        "national.p7s": await signNational(parties.sm2),
        ...(await filesOf("sm2", parties.sm2)),
        ...(await filesOf("p256", parties.p256)),
      };
      withFolder((folder) => {
        for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
        ({ output } = runBouncyCastle("SignatureExchange.java", folder));
        for (const name of readdirSync(folder))
          made.set(name, new Uint8Array(readFileSync(join(folder, name))));
      });
    });

    const theirs = (name: string): Uint8Array => {
      const bytes = made.get(name);
      if (bytes === undefined) throw new Error(`there is no ${name}; the program said: ${output}`);
      return bytes;
    };

    function resultOf(der: Uint8Array, { root, authority }: SigningParties): string {
      const { signers, result } = verifySignedData({
        signedData: parseSignedData(der, { profile: "lenient" }),
        anchors: [root.certificate],
        intermediates: [authority.certificate],
        evidence: { crls: [], ocspResponses: [] },
        at: new Date("2026-12-01T00:00:00Z"),
        policy: { revocation: "if-present", algorithms: "default" },
      });
      const troubles = signers.flatMap(({ checks }) =>
        checks
          .filter(({ result: found }) => found === "failed" || found === "unknown")
          .map(({ name }) => name),
      );
      return [result, signers[0]?.level ?? "plain", ...troubles].join(" ");
    }

    toolTest(["java"], "accepts all that we sign, stamp and archive, and refuses another content", () => {
      const lines = output.trim().split("\n");
      expect(lines.filter((line) => !line.endsWith(": ok"))).toEqual([]);
      expect(lines).toHaveLength(18);
    });

    toolTest(["java"], "signs with SM2 and P-256 what we accept, in DER and in BER", () => {
      for (const family of families) {
        expect(resultOf(theirs(`${family}-theirs.p7s`), parties[family]), family).toBe("passed plain");
        expect(resultOf(theirs(`${family}-theirs-der.p7s`), parties[family]), family).toBe("passed plain");
        expect(() => parseSignedData(theirs(`${family}-theirs.p7s`))).toThrow();
      }
    });

    toolTest(["java"], "signs under the object identifiers of GB/T 35275-2017 what we accept", () => {
      expect(parseSignedData(theirs("national-theirs.p7s"), { profile: "lenient" }).family).toBe("national");
      expect(resultOf(theirs("national-theirs.p7s"), parties.sm2)).toBe("passed plain");
    });

    toolTest(["java"], "stamps with SM2 and P-256 what we accept", () => {
      for (const family of families) {
        const { root, authority } = parties[family];
        const judgement = judgeTimeStampToken({
          token: parseTimeStampToken(theirs(`${family}-theirs.tst`), { profile: "lenient" }),
          imprint: (algorithm) => digest(algorithm, sceneContent),
          anchors: [root.certificate],
          intermediates: [authority.certificate],
          evidence: { crls: [], ocspResponses: [] },
          now: new Date("2026-12-01T00:00:00Z"),
        });
        expect(judgement, family).toMatchObject({ result: "passed", accuracyMilliseconds: 1000 });
      }
    });

    toolTest(
      ["java"],
      "archives our signatures by its own computation, and we accept them at level LTA",
      () => {
        for (const family of families) {
          expect(resultOf(theirs(`${family}-theirs-lta.p7s`), parties[family]), family).toBe("passed B-LTA");
        }
      },
    );
  },
);
