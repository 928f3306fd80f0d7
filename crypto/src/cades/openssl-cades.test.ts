import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { readFirst, sceneContent, signAtLevel } from "../../testing/cades-scene.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import { pemOfDer } from "../bytes/index.ts";
import { attributeOids, attributeValues } from "../cms/index.ts";

describe("openssl, of signatures that were extended", () => {
  toolTest(
    ["openssl"],
    "accepts every level with cms -cades, and the time stamps inside with ts",
    async () => {
      const parties = await createSigningParties("ES256");
      const trusted = [parties.root, parties.authority].map(({ certificate }) =>
        pemOfDer(certificate.raw, "CERTIFICATE"),
      );
      for (const level of ["B-T", "B-LT", "B-LTA"] as const) {
        const der = await signAtLevel(parties, level, { algorithm: "SHA-256" });
        const { signer } = readFirst(der);
        const [token] = attributeValues(signer.unsignedAttributes, attributeOids.signatureTimeStamp);
        const files = {
          signature: der,
          "token.der": token?.raw ?? new Uint8Array(),
          value: signer.signature,
          "trusted.pem": trusted.join(""),
        };
        inOpensslFolder(files, ({ run, read }) => {
          const trust = ["-CAfile", "trusted.pem"] as const;
          const verify = [
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "signature",
          ] as const;
          const { output } = run(...verify, ...trust, "-purpose", "any", "-out", "content");
          expect(output, level).toContain("CAdES Verification successful");
          expect(read("content")).toEqual(sceneContent);
          const stamp = ["ts", "-verify", "-token_in", "-in", "token.der", "-data", "value"] as const;
          expect(run(...stamp, ...trust).output, level).toContain("Verification: OK");
        });
      }
    },
  );
});
