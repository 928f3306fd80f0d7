import { describe, expect, it } from "vitest";

import { extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import { pemOfDer } from "../bytes/index.ts";
import { parseTrustList, validatePath } from "./index.ts";
import type { Certificate } from "./index.ts";

const root = await fabricate({ subject: "root", extensions: [extensions.authority()] });
const middle = await fabricate({ subject: "middle", issuer: root, extensions: [extensions.authority()] });
const leaf = await fabricate({ subject: "leaf", issuer: middle });
const pemOf = (...certificates: readonly Certificate[]): string =>
  certificates.map(({ raw }) => pemOfDer(raw, "CERTIFICATE")).join("");

describe("a trust list", () => {
  it("tells the roots, where trust begins, from the certificates that only help to build chains", () => {
    const { anchors, intermediates } = parseTrustList(pemOf(middle.certificate, root.certificate));
    expect({ anchors, intermediates }).toEqual({
      anchors: [root.certificate],
      intermediates: [middle.certificate],
    });
    const at = new Date("2026-11-22T00:00:00Z");
    const policy = { algorithms: "default" } as const;
    const { certificate } = leaf;
    expect(validatePath({ certificate, anchors, intermediates, at, policy })).toMatchObject({
      isValid: true,
      failures: [],
    });
  });

  it("without a root is refused, and so is a text without certificates", () => {
    const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
    expect(() => parseTrustList(pemOf(middle.certificate))).toThrow(code("trust-list-empty"));
    expect(() => parseTrustList("")).toThrow(code("certificate-pem"));
  });
});
