import { equalBytes } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { verifyDocument } from "@yinxin/crypto/verification";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { JsonValue } from "@yinxin/service-kit/audit";
import type { KnownAuthorities } from "@yinxin/service-kit/known-authorities";
import type { StepContext, StepHook } from "@yinxin/service-kit/rotations";
import { z } from "zod";

import { makerRing, sealOfRing } from "../domain/seal-rings.ts";
import type { SealId, SealRecord } from "../domain/seal.ts";
import { canApply } from "../domain/seal-status.ts";
import { wholeSecond } from "../domain/seal-validity.ts";
import { goodVerdicts, sealBlankPage } from "./apply-seal.ts";
import type { OpenMakerDeps } from "./open-maker.ts";
import { findSeal } from "./owner-hooks.ts";

export interface TestSealsDeps extends OpenMakerDeps {
  /** The deployment's own: a seal is good if its verifiers find it good. */
  readonly authorities: KnownAuthorities;
}

/**
 * The last step of the plans of this service's rings. For an owner's key: the seal in force names its certificate, and seals an empty
 * page that verifies and is kept nowhere; while the seal or its unit is frozen the step waits. For the maker's: seals in force that it
 * signed verify.
 */
export function testSealsHook(deps: TestSealsDeps): StepHook {
  return {
    ready: async ({ next }) => {
      const id = sealOfRing(next.purpose);
      if (id === undefined) return;
      const seal = await findSeal(deps, id);
      if (!isUsable(deps, seal)) return;
      const { organizationId } = seal;
      await deps.store.transact((unit) => unit.rings.refuseFrozen([`seal:${id}`, `unit:${organizationId}`]));
    },
    run: async ({ next }) => {
      if (next.purpose === makerRing) return await testMade(deps, next);
      const id = sealOfRing(next.purpose);
      return id === undefined ? null : await testSeal(deps, id, next);
    },
    finish: async (tx, { next, at }, result) => {
      const id = sealOfRing(next.purpose);
      const tested = testedPage.safeParse(result);
      if (id === undefined || !tested.success) return;
      await deps.store.in(tx).audit.append({
        action: "seal.tested",
        actor: "seal",
        subject: id,
        occurredAt: at,
        key: { purpose: next.purpose, version: next.version },
        detail: tested.data,
      });
    },
  };
}

const testedPage = z.object({ version: z.int(), digest_after: z.string() });

type NextKey = StepContext["next"];

/** A seal that is suspended or has ended seals nothing, nor does a key with its last use: then only the certificate is looked at. */
async function testSeal(deps: TestSealsDeps, id: SealId, next: NextKey): Promise<JsonValue> {
  const seal = await findSeal(deps, id);
  if (!equalBytes(parseCertificate(seal.certificate).publicKey, next.publicKey))
    throw new Error(`the seal ${id} is in force with the certificate of another key`);
  // One use is the key's own self-test, which is counted together with this one.
  const hasUses = next.usageLimit === undefined || next.signatures + 2 <= next.usageLimit;
  if (!hasUses || !isUsable(deps, seal)) return { version: seal.version };
  const sealed = await sealBlankPage(deps, id, next.version);
  return { version: seal.version, digest_after: digestText("SM3", digest("SM3", sealed)) };
}

/** Enough to see a maker's certificate that verifiers do not take. */
const testedMax = 20;
/** Read at once. */
const pageLength = 100;

async function testMade(deps: TestSealsDeps, { version }: NextKey): Promise<JsonValue> {
  const tested = await someOfMaker(deps, version);
  const { anchors, intermediates } = await deps.authorities.trustList();
  for (const { id } of tested) {
    const files = await deps.store.findFiles(id);
    const bytes = files?.seal ?? new Uint8Array();
    const { verdict } = verifyDocument(
      { name: "seal", bytes },
      { trust: anchors, intermediates, at: deps.clock.now() },
    );
    if (!goodVerdicts.has(verdict)) throw new Error(`the seal ${id} of the maker's new key is ${verdict}`);
  }
  return { verified_seals: tested.length };
}

async function someOfMaker(deps: TestSealsDeps, version: number): Promise<readonly SealRecord[]> {
  const found: SealRecord[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await deps.store.list({ limit: pageLength, ...(after !== undefined && { after }) });
    found.push(...page.filter((seal) => seal.makerKeyVersion === version && isUsable(deps, seal)));
    after = page.at(-1)?.code;
    if (after === undefined || found.length >= testedMax) return found.slice(0, testedMax);
  }
}

function isUsable({ clock }: Pick<OpenMakerDeps, "clock">, seal: SealRecord): boolean {
  const at = wholeSecond(clock.now());
  return canApply(seal.status) && at >= seal.validFrom && at <= seal.validUntil;
}
