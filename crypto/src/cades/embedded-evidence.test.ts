import { describe, expect, it } from "vitest";

import { readFirst, signBaseline } from "../../testing/cades-scene.ts";
import {
  createRevocationScene,
  sceneList,
  sceneRequest,
  sceneResponse,
} from "../../testing/revocation-scene.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import { concatBytes } from "../bytes/index.ts";
import { appendToSignedData, revocationFormats } from "../cms/index.ts";
import { contextImplicit, oid, parseDer, sequence } from "../der/index.ts";
import { evidenceWith } from "./embedded-evidence.ts";

const scene = await createRevocationScene("ES256");
const list = await sceneList(scene);
const response = await sceneResponse(scene, sceneRequest(scene, scene.good));
const { signer } = await createSigningParties("ES256");
const { signedData } = readFirst(await signBaseline(signer));
const nothing = { crls: [], ocspResponses: [] };

/** OtherRevocationInfoFormat of RFC 5652 §10.2.1. */
const other = (format: string, value: Uint8Array): Uint8Array =>
  contextImplicit(1, concatBytes(oid(format), value), true);

function evidenceIn(...revocations: readonly Uint8Array[]) {
  return evidenceWith(nothing, readFirst(appendToSignedData(signedData, { revocations })).signedData);
}

describe("the evidence inside a SignedData", () => {
  it("is its lists, and its OCSP responses as RFC 5940 §2 puts them there", () => {
    const evidence = evidenceIn(list, other(revocationFormats.ocspResponse, response));
    expect(evidence.crls.map(({ raw }) => raw)).toEqual([list]);
    expect(evidence.ocspResponses.map(({ raw }) => raw)).toEqual([response]);
  });

  it("is also a BasicOCSPResponse by itself, which some toolkits put there", () => {
    // OCSPResponse { status, [0] { type, OCTET STRING { BasicOCSPResponse } } }
    const basic = parseDer(response).children[1]?.children[0]?.children[1]?.contents ?? new Uint8Array();
    const evidence = evidenceIn(other(revocationFormats.basicOcspResponse, basic));
    expect(evidence.ocspResponses.map(({ raw }) => raw)).toEqual([response]);
  });

  it("is not what cannot be read, nor what is of another kind", () => {
    const broken = other(revocationFormats.ocspResponse, sequence());
    expect(evidenceIn(sequence(), broken, other("1.2.3", response))).toEqual(nothing);
  });
});
