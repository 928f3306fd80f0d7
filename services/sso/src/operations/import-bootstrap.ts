import { utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { canonicalJson } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";

import type { Manifest } from "../domain/manifest.ts";
import type { AccountWriter, Audit, ClientWriter, Transact } from "./ports.ts";

export interface ImportBootstrapDeps<Tx> {
  readonly accounts: AccountWriter<Tx>;
  readonly clients: ClientWriter<Tx>;
  readonly audit: Audit<Tx>;
  readonly transact: Transact<Tx>;
  readonly clock: Clock;
}

/** Whom the audit trail names for what a manifest did: its signer is the deployment's operator, not a person known here. */
const importer = "system:bootstrap";

/**
 * Brings the database to what the manifest says, all or nothing: units and people are added or changed, clients are
 * exactly those of the manifest. A second import of the same manifest changes nothing and writes no event.
 */
export async function importBootstrap<Tx>(deps: ImportBootstrapDeps<Tx>, manifest: Manifest): Promise<void> {
  const occurredAt = deps.clock.now();
  await deps.transact(async (tx) => {
    const accounts = deps.accounts.in(tx);
    const clients = deps.clients.in(tx);
    const audit = deps.audit.in(tx);
    const event = { actor: importer, occurredAt };
    for (const organization of manifest.organizations) {
      const change = await accounts.putOrganization(organization, digestOf(organization));
      if (change === "unchanged") continue;
      await audit.append({
        ...event,
        action: "organization.imported",
        subject: organization.id,
        detail: { change },
      });
    }
    for (const person of manifest.people) {
      const change = await accounts.putPerson(person, digestOf(person));
      if (change === "unchanged") continue;
      await audit.append({ ...event, action: "person.imported", subject: person.id, detail: { change } });
    }
    for (const client of manifest.clients) {
      const change = await clients.put(client, digestOf(client));
      if (change === "unchanged") continue;
      await audit.append({ ...event, action: "client.imported", subject: client.id, detail: { change } });
    }
    for (const id of await clients.removeAllBut(manifest.clients.map((client) => client.id))) {
      await audit.append({ ...event, action: "client.removed", subject: id, detail: {} });
    }
  });
}

function digestOf(record: object): string {
  return digestText("SM3", digest("SM3", utf8Of(canonicalJson(record))));
}
