import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import { createRevocationScene, sceneFiles, sceneList, withPem } from "../../testing/revocation-scene.ts";

describe("what we issue, beside GnuTLS", () => {
  for (const name of ["ES256", "RS256"] as const) {
    toolTest(["certtool", "ocsptool"], `is verified with its lists and responses (${name})`, async () => {
      const scene = await createRevocationScene(name);
      // GnuTLS judges by the clock on the wall, so this list holds for decades.
      const list = await sceneList(scene, {
        thisUpdate: new Date("2020-01-02T00:00:00Z"),
        nextUpdate: new Date("2045-12-01T00:00:00Z"),
      });
      const files = withPem({ ...(await sceneFiles(scene)), "authority-list.der": list });
      const chainOf = (end: string): string =>
        ["good", "authority", "root"]
          .map((each) => String(files[`${each === "good" ? end : each}.pem`]))
          .join("");
      inToolFolder(
        { ...files, "good-chain.pem": chainOf("good"), "responder-chain.pem": chainOf("responder") },
        ({ run }) => {
          for (const end of ["good", "responder"]) {
            const verified = run(
              "certtool",
              ...["--verify", "--load-ca-certificate", "root.pem", "--infile", `${end}-chain.pem`],
            );
            expect(verified.output).toContain("Chain verification output: Verified.");
          }
          const options = ["--load-ca-certificate", "authority.pem", "--infile", "authority-list.pem"];
          expect(run("certtool", "--verify-crl", ...options).output).toContain("Verified");
          const info = run("certtool", "--crl-info", "--infile", "authority-list.pem").output;
          expect(info).toContain(scene.revoked.certificate.serialNumber);
          expect(info).toContain("CRL Number");
          const signer = ["--load-signer", "responder.pem", "--load-response"];
          expect(run("ocsptool", "--verify-response", ...signer, "good-response.der").output).toContain(
            "Success",
          );
          const response = run(
            "ocsptool",
            "--response-info",
            "--load-response",
            "revoked-response.der",
          ).output;
          expect(response).toContain("Certificate Status: revoked");
          expect(run("ocsptool", "--request-info", "--load-request", "good-request.der").output).toContain(
            "Nonce",
          );
        },
      );
    });
  }
});
