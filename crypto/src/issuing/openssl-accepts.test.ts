import { beforeAll, describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import type { ToolFolder } from "../../testing/in-tool-folder.ts";
import {
  createRevocationScene,
  revokedAt,
  sceneFiles,
  sceneList,
  sceneTime,
  withPem,
} from "../../testing/revocation-scene.ts";
import type { RevocationScene } from "../../testing/revocation-scene.ts";
import { pemOfDer } from "../bytes/index.ts";
import { parseCertificateList } from "../revocation/index.ts";

const names = ["SM2", "ES256", "RS256", "Ed25519"] as const;
type Name = (typeof names)[number];

const scenes = new Map<Name, RevocationScene>();
const filesOf = new Map<Name, Record<string, Uint8Array | string>>();

beforeAll(async () => {
  for (const name of names) {
    const scene = await createRevocationScene(name);
    scenes.set(name, scene);
    filesOf.set(name, withPem(await sceneFiles(scene)));
  }
});

function sceneOf(name: Name): RevocationScene {
  const scene = scenes.get(name);
  if (scene === undefined) throw new Error(`no scene of ${name}`);
  return scene;
}

const at = ["-attime", String(sceneTime.getTime() / 1000)];
const userId = "distid:1234567812345678";
const lists = ["-CRLfile", "root-list.pem", "-CRLfile", "authority-list.pem"];
const chain = ["-CAfile", "root.pem", "-untrusted", "authority.pem"];

describe.each(["ES256", "RS256", "Ed25519"] as const)("what we issue with %s", (name) => {
  toolTest(["openssl"], "is verified by openssl with every list, and revoked where a list says so", () => {
    inToolFolder(filesOf.get(name) ?? {}, ({ run }) => {
      const verify = (end: string): string =>
        run("openssl", "verify", ...at, "-x509_strict", "-crl_check_all", ...lists, ...chain, `${end}.pem`)
          .output;
      expect(verify("good")).toBe("good.pem: OK\n");
      expect(verify("responder")).toBe("responder.pem: OK\n");
      expect(verify("revoked")).toContain("certificate revoked");
    });
  });

  toolTest(["openssl"], "is revoked by a delta list over a full one that does not name it", async () => {
    const scene = sceneOf(name);
    const deltaCrlUrls = ["http://crl.example/delta.crl"];
    const base = await sceneList(scene, { revoked: [], deltaCrlUrls });
    const delta = await sceneList(scene, { number: 11n, baseNumber: 10n });
    const files = {
      ...filesOf.get(name),
      "authority-list.pem": pemOfDer(base, "X509 CRL"),
      "delta.pem": pemOfDer(delta, "X509 CRL"),
    };
    inToolFolder(files, ({ run }) => {
      const options = [...at, "-crl_check_all", "-extended_crl", "-use_deltas", ...lists];
      const verify = (end: string, ...more: string[]): string =>
        run("openssl", "verify", ...options, ...more, ...chain, `${end}.pem`).output;
      expect(verify("revoked")).toBe("revoked.pem: OK\n");
      expect(verify("revoked", "-CRLfile", "delta.pem")).toContain("certificate revoked");
      expect(verify("good", "-CRLfile", "delta.pem")).toBe("good.pem: OK\n");
    });
  });

  toolTest(["openssl"], "as a list is verified and printed by openssl", () => {
    inToolFolder(filesOf.get(name) ?? {}, ({ run }) => {
      const printed = run(
        "openssl",
        "crl",
        "-in",
        "authority-list.pem",
        "-CAfile",
        "authority.pem",
        "-text",
        "-noout",
      );
      expect(printed.output).toContain("verify OK");
      expect(printed.output).toContain(
        `Serial Number: ${sceneOf(name).revoked.certificate.serialNumber.toUpperCase()}`,
      );
      expect(printed.output).toContain("Key Compromise");
      const wrong = run("openssl", "crl", "-in", "authority-list.pem", "-CAfile", "root.pem", "-noout");
      expect(wrong.output).not.toContain("verify OK");
    });
  });

  toolTest(["openssl"], "as an OCSP response of a delegate is believed by openssl", () => {
    inToolFolder(filesOf.get(name) ?? {}, (folder) => {
      expect(askedOpenssl(folder, "good")).toContain("good.pem: good");
      expect(askedOpenssl(folder, "good")).toContain("Response verify OK");
      const revoked = askedOpenssl(folder, "revoked");
      expect(revoked).toContain("revoked.pem: revoked");
      expect(revoked).toContain("Reason: keyCompromise");
      expect(revoked).toContain("Revocation Time: Nov 20 08:00:00 2026 GMT");
      expect(revokedAt.toISOString()).toBe("2026-11-20T08:00:00.000Z");
      const mixed = folder.run(
        "openssl",
        ...["ocsp", "-respin", "good-response.der", "-issuer", "authority.pem", "-cert", "revoked.pem"],
        ...[...at, "-CAfile", "root.pem", "-verify_other", "authority.pem", "-no_nonce"],
      );
      expect(mixed.output).toContain("ERROR: No Status found.");
    });
  });
});

/** Our response to our request, whose nonce openssl compares (the option keeps it from adding another); its tolerance of its own clock is decades. */
function askedOpenssl({ run }: ToolFolder, end: string): string {
  return run(
    "openssl",
    ...["ocsp", "-reqin", `${end}-request.der`, "-respin", `${end}-response.der`],
    ...["-issuer", "authority.pem", "-cert", `${end}.pem`, "-CAfile", "root.pem"],
    ...["-verify_other", "authority.pem", ...at, "-validity_period", "1000000000", "-no_nonce"],
  ).output;
}

describe("what we issue with SM2", () => {
  toolTest(["openssl"], "is verified by openssl link by link, the delegate too", () => {
    inToolFolder(filesOf.get("SM2") ?? {}, ({ run }) => {
      const link = (leaf: string, issuer: string): string =>
        run(
          "openssl",
          ...[
            "verify",
            ...at,
            "-partial_chain",
            "-trusted",
            `${issuer}.pem`,
            "-vfyopt",
            userId,
            `${leaf}.pem`,
          ],
        ).output;
      for (const end of ["good", "revoked", "responder"])
        expect(link(end, "authority")).toBe(`${end}.pem: OK\n`);
      expect(link("authority", "root")).toBe("authority.pem: OK\n");
      expect(link("good", "root")).toContain("verification failed");
    });
  });

  toolTest(
    ["openssl"],
    "as a request or a list has a signature that openssl verifies, and is printed",
    () => {
      const { authority, revoked } = sceneOf("SM2");
      const list = filesOf.get("SM2")?.["authority-list.der"];
      if (!(list instanceof Uint8Array)) throw new Error("no list");
      const { tbs, signature } = parseCertificateList(list);
      const files = { ...filesOf.get("SM2"), "list.tbs": tbs, "list.sig": signature };
      inToolFolder(files, ({ run, must }) => {
        expect(
          run("openssl", "req", "-in", "request.pem", "-noout", "-verify", "-vfyopt", userId).output,
        ).toContain("verify OK");
        // `openssl crl` has no option for the user ID, so the list's signature is checked by itself.
        must("openssl", "x509", "-in", "authority.pem", "-noout", "-pubkey", "-out", "authority.key");
        const options = ["-sigopt", userId, "-signature", "list.sig", "list.tbs"];
        expect(must("openssl", "dgst", "-sm3", "-verify", "authority.key", ...options)).toBe("Verified OK\n");
        const printed = must(
          "openssl",
          "crl",
          "-in",
          "authority-list.pem",
          "-text",
          "-noout",
          "-nameopt",
          "utf8",
        );
        expect(printed).toContain(revoked.certificate.serialNumber.toUpperCase());
        expect(printed).toContain("SM2-with-SM3");
        expect(authority.certificate.keyUsage?.has("cRLSign")).toBe(true);
      });
    },
  );
});
