import { randomBytes } from "node:crypto";

import { base64Of, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { issueCertificate } from "@yinxin/crypto/issuing";
import type { CertificateProfileName, NameInput } from "@yinxin/crypto/issuing";
import { createOfd, openOfd, prepareOfdSeal } from "@yinxin/crypto/ofd";
import {
  issueSeal,
  parseSeal,
  prepareSeal,
  prepareSealSignature,
  signSealSignature,
} from "@yinxin/crypto/seal";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate, TrustList } from "@yinxin/crypto/x509";
import type { Authenticator } from "@yinxin/service-kit/auth";
import type { Clock } from "@yinxin/service-kit/clock";
import { createHealth } from "@yinxin/service-kit/health";
import { refuse } from "@yinxin/service-kit/problems";
import type { ProblemTable } from "@yinxin/service-kit/problems";
import { createServiceApp, defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { silentLog, startTestService } from "@yinxin/service-kit/testing";
import { base64Bytes } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { sealPicture } from "../../../crypto/testing/build-png.ts";

/** How the service answers an application; everything but `honest` is what a ledger must not believe. */
export type Conduct = "honest" | "unsealed" | "broken" | "another-document" | "suspended";

export interface SealServiceForTests {
  readonly url: string;
  readonly trust: TrustList;
  conduct: Conduct;
  /** Seals that were applied so far. */
  applications: number;
  close(): Promise<void>;
}

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly code: string;
}

interface Holder {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

interface SealForTests {
  readonly organizationId: string;
  readonly bytes: Uint8Array;
  readonly owner: Holder;
}

/** The seal of each unit is `seal_` and the unit's id without its prefix. */
export function sealIdOf(unit: Unit): string {
  return `seal_${unit.id.slice("org_".length)}`;
}

const problems: ProblemTable = {
  "seal-not-found": { status: 404, title: { zh: "无", en: "None" }, hint: { zh: "无", en: "None" } },
  "seal-not-active": { status: 409, title: { zh: "停", en: "Off" }, hint: { zh: "无", en: "None" } },
};

/**
 * A seal service as the ledger sees it: the routes that it calls, over HTTP, with real keys, certificates and seals.
 */
export async function startSealService(deps: {
  readonly units: readonly Unit[];
  readonly authenticator: Authenticator;
  readonly clock: Clock;
}): Promise<SealServiceForTests> {
  const { clock } = deps;
  const root = await issue("root-ca", nameOf("印信测试", "印信测试根"));
  const maker = await issue("seal-maker", nameOf("印信测试", "制章系统"), root);
  const seals = new Map<string, SealForTests>();
  for (const [index, unit] of deps.units.entries()) {
    const code = `3301000000000${String(index + 1)}`;
    const owner = await issue("seal-owner", nameOf(unit.code + unit.name, code), root);
    seals.set(sealIdOf(unit), {
      organizationId: unit.id,
      owner,
      bytes: await makeSeal({ code, name: unit.name, maker, owner }),
    });
  }
  const state: SealServiceForTests = {
    url: "",
    trust: { anchors: [root.certificate], intermediates: [] },
    conduct: "honest",
    applications: 0,
    close: () => service.close(),
  };
  const service = await startTestService({
    at: (baseUrl) =>
      createServiceApp({
        name: "seal",
        version: "0.0.0",
        baseUrl,
        routes: routesOf(seals, state, clock),
        problems,
        authenticator: deps.authenticator,
        log: silentLog,
        health: createHealth({ checks: {}, log: silentLog, clock }),
        randomBytes,
      }),
  });
  return Object.assign(state, { url: service.url });
}

function routesOf(
  seals: ReadonlyMap<string, SealForTests>,
  state: SealServiceForTests,
  clock: Clock,
): Route[] {
  const params = z.strictObject({ sealId: z.string() });
  const find = (id: string): SealForTests => {
    const seal = seals.get(id);
    if (seal === undefined) throw refuse("seal-not-found", "none");
    return seal;
  };
  const read = defineRoute({
    method: "get",
    path: "/v1/seals/:sealId",
    summary: "A seal",
    permission: "seal:read",
    params,
    reply: { status: 200, schema: z.strictObject({ id: z.string(), organization_id: z.string() }) },
    handle: ({ params: { sealId } }) => ({ id: sealId, organization_id: find(sealId).organizationId }),
  });
  const apply = defineRoute({
    method: "post",
    path: "/v1/seals/:sealId/applications",
    summary: "Apply it",
    permission: "seal:apply-any",
    params,
    body: z.strictObject({
      document: z.strictObject({ name: z.string(), content: base64Bytes(20_000_000) }),
      placement: z.strictObject({ page: z.int(), x_mm: z.number(), y_mm: z.number() }),
      reason: z.string(),
    }),
    bodyLimitBytes: 30_000_000,
    reply: {
      status: 201,
      schema: z.strictObject({ document: z.strictObject({ name: z.string(), content: z.string() }) }),
    },
    handle: async ({ params: { sealId }, body }) => {
      const seal = find(sealId);
      if (state.conduct === "suspended") throw refuse("seal-not-active", "suspended");
      state.applications += 1;
      const content = await answer(state.conduct, seal, body, clock.now());
      return { document: { name: body.document.name, content: base64Of(content) } };
    },
  });
  return [read, apply];
}

interface Application {
  readonly document: { readonly content: Uint8Array };
  readonly placement: { readonly page: number; readonly x_mm: number; readonly y_mm: number };
}

async function answer(
  conduct: Conduct,
  seal: SealForTests,
  body: Application,
  at: Date,
): Promise<Uint8Array> {
  const { content } = body.document;
  if (conduct === "unsealed") return content;
  const sealed = await sealOfd(
    conduct === "another-document" ? forged(content, at) : content,
    seal,
    body,
    at,
  );
  return conduct === "broken" ? withFlippedPage(sealed) : sealed;
}

async function sealOfd(
  document: Uint8Array,
  { bytes, owner }: SealForTests,
  { placement }: Application,
  signedAt: Date,
): Promise<Uint8Array> {
  const boundary = { x: placement.x_mm, y: placement.y_mm, width: 42, height: 42 };
  const prepared = prepareOfdSeal(openOfd(document), {
    pages: [{ pageIndex: placement.page - 1, boundary }],
    sealBytes: bytes,
    signatureMethodOid: "1.2.156.10197.1.501",
    signedAt,
    provider: { name: "Test", version: "0", company: "Test" },
  });
  const signature = prepareSealSignature({
    seal: parseSeal(bytes),
    signerCertificate: owner.certificate.raw,
    dataHash: prepared.dataHash,
    propertyInfo: prepared.propertyInfo,
    signedAt,
  });
  return prepared.complete(await signSealSignature(owner, signature));
}

/** Another holder in text and data: a good document, only not the one that was sent. */
function forged(document: Uint8Array, at: Date): Uint8Array {
  const parts = Array.from(openOfd(document).entries, ([path, entry]): [string, Uint8Array] => {
    if (!path.endsWith(".xml")) return [path, entry.content()];
    return [path, utf8Of(textOfUtf8(entry.content()).replaceAll("便民服务中心", "便民业务中心"))];
  });
  return createOfd(new Map(parts), at);
}

/** One bit in the middle of the page, as a forger with an editor would leave it. */
function withFlippedPage(sealed: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(sealed);
  const range = openOfd(sealed).entries.get("Doc_0/Pages/Page_0/Content.xml")?.range;
  const middle = Math.floor(((range?.start ?? 0) + (range?.end ?? 0)) / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 0x01;
  return changed;
}

async function makeSeal(wanted: {
  code: string;
  name: string;
  maker: Holder;
  owner: Holder;
}): Promise<Uint8Array> {
  const prepared = prepareSeal({
    code: wanted.code,
    name: wanted.name,
    type: 1,
    signerCertificates: [wanted.owner.certificate.raw],
    createdAt: validity.notBefore,
    validFrom: validity.notBefore,
    validUntil: validity.notAfter,
    picture: { type: "PNG", data: sealPicture(20), widthMm: 42, heightMm: 42 },
    vendorId: "Test",
    makerCertificate: wanted.maker.certificate.raw,
  });
  return issueSeal({ maker: wanted.maker.signer }, prepared);
}

const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2046-01-01T00:00:00Z") };

async function issue(profile: CertificateProfileName, subject: NameInput, issuer?: Holder): Promise<Holder> {
  const signer = createSoftwareSigner(generateKey("SM2").pkcs8);
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40;
  const der = await issueCertificate({
    profile,
    subject,
    publicKey: signer.publicKey,
    issuer: issuer ?? { signer },
    serialNumber,
    ...validity,
  });
  return { signer, certificate: parseCertificate(der) };
}

function nameOf(organization: string, commonName: string): NameInput {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: organization },
    { type: "CN", value: commonName },
  ];
}
