import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { z } from "zod";

import type { Layout } from "./layout.ts";
import { divisionCode, licenses, organizations } from "./population.ts";
import { demoFiles } from "./prepare.ts";
import { listSeals } from "./suite-client.ts";
import type { ListedSeal, SuiteClient } from "./suite-client.ts";

const seededSchema = z.object({ license_ids: z.array(z.string()) });
export type Seeded = z.infer<typeof seededSchema>;

const purposesSchema = z.object({ purposes: z.array(z.object({ name: z.string() })) });

/** What earlier starts have issued. */
export function readSeeded(file: string): Seeded {
  return seededSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Day of the demo's licenses, in China. */
const issuedOn = "2026-11-21";

/**
 * Gives the running suite its first content through its own APIs: a seal for each organization, a signing purpose for each
 * algorithm, three licenses. What is there already is left alone, so it may run on every start.
 */
export async function seedSuite(layout: Layout, suite: SuiteClient): Promise<Seeded> {
  const seals = await makeSeals(suite);
  await makePurposes(suite);
  return issueLicenses(layout, suite, seals);
}

async function makeSeals(suite: SuiteClient): Promise<readonly ListedSeal[]> {
  const present = await listSeals(suite);
  for (const organization of organizations) {
    if (present.some((seal) => seal.organization_id === organization.id)) continue;
    await suite.seal.send({
      method: "POST",
      path: "/v1/seals",
      body: { organization, type: 1, division_code: divisionCode },
      reply: z.object({ id: z.string() }),
    });
  }
  return listSeals(suite);
}

async function makePurposes(suite: SuiteClient): Promise<void> {
  const { purposes } = await suite.signing.send({
    method: "GET",
    path: "/v1/purposes",
    reply: purposesSchema,
  });
  for (const [name, algorithm] of [
    ["document", "SM2"],
    ["document-international", "ES256"],
  ]) {
    if (purposes.some((purpose) => purpose.name === name)) continue;
    await suite.signing.send({
      method: "POST",
      path: "/v1/purposes",
      body: { name, algorithm },
      reply: z.object({ name: z.string() }),
    });
  }
}

async function issueLicenses(
  layout: Layout,
  suite: SuiteClient,
  seals: readonly ListedSeal[],
): Promise<Seeded> {
  const file = demoFiles(layout.data).seeded;
  const ids = existsSync(file) ? seededSchema.parse(JSON.parse(readFileSync(file, "utf8"))).license_ids : [];
  for (const license of licenses.slice(ids.length)) {
    const authority = organizations.find(({ id }) => id === license.sealOwner);
    const seal = seals.find((candidate) => candidate.organization_id === license.sealOwner);
    const { id } = await suite.ledger.send({
      method: "POST",
      path: "/v1/licenses",
      body: {
        seal_id: seal?.id,
        name: license.name,
        type_code: license.typeCode,
        number: license.number,
        holder: { name: license.holderName, code: license.holderCode, code_type: "001" },
        issuing_authority: { name: authority?.name, code: authority?.uscc },
        issued_on: issuedOn,
        valid_from: issuedOn,
      },
      reply: z.object({ id: z.string() }),
    });
    ids.push(id);
    // After each, so that a start that was cut short does not issue one twice.
    writeFileSync(file, JSON.stringify({ license_ids: ids }), { mode: 0o600 });
  }
  return { license_ids: ids };
}
