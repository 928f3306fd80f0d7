import { readDeployment, readTrust } from "../deployment/index.ts";
import type { Deployment } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { openOfficerKey } from "../keys/officer-key.ts";
import type { OfficerKey } from "../keys/officer-key.ts";
import { CommandFailure, meant } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";

import { chooseOfficer } from "./choose-officer.ts";
import type { NeededRole } from "./choose-officer.ts";
import type { OfficerValues } from "./officer-options.ts";
import { connectService } from "./service-connection.ts";
import type { ServiceConnection } from "./service-connection.ts";
import { sharedPassphrase } from "../backup/shared-passphrase.ts";
import { signedFetch } from "./signed-fetch.ts";

/** What a command of an officer works with; the officer's key is opened when it is first needed. */
export interface OfficerSession {
  readonly deployment: Deployment;
  /** Those of the deployment, or the one that `--service` names. */
  services(named?: string): readonly ServiceConnection[];
  identity(): Promise<OfficerKey>;
  trust(): Promise<GovernanceTrust>;
  close(): Promise<void>;
}

/** @throws CommandFailure if there is no deployment, or nobody who acts. */
export async function openSession(
  values: OfficerValues,
  terminal: Terminal,
  role: NeededRole,
): Promise<OfficerSession> {
  const deployment = await readDeployment(values.deployment, terminal);
  let opened: Promise<OfficerKey> | undefined;
  const identity = (): Promise<OfficerKey> => {
    opened ??= openChosen(values, terminal, deployment, role);
    return opened;
  };
  const fetch = signedFetch(identity, terminal);
  const connections = deployment.services.map((service) => connectService(service, fetch, terminal.language));
  return {
    deployment,
    services: (named) => (named === undefined ? connections : [serviceNamed(connections, named)]),
    identity,
    trust: () => readTrust(deployment.trustFile),
    close: async () => {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

async function openChosen(
  values: OfficerValues,
  terminal: Terminal,
  deployment: Deployment,
  role: NeededRole,
): Promise<OfficerKey> {
  const variable = terminal.environment["YINXIN_OFFICER"];
  const { name, key } = chooseOfficer(values, variable, deployment, role);
  // Whoever did not say who they are should see who they were taken for.
  if (name !== undefined && values.as === undefined && variable === undefined)
    terminal.say(terminal.language === "zh" ? `沙箱：以 ${name} 的身份` : `sandbox: as ${name}`);
  const shares = values["share-file"] ?? [];
  return await openOfficerKey(
    shares.length === 0 ? key : { ...key, pin: sharedPassphrase(shares, terminal) },
    terminal,
  );
}

function serviceNamed(connections: readonly ServiceConnection[], name: string): ServiceConnection {
  const found = connections.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = connections.map((each) => each.name);
  const near = meant(name, names);
  const shown = (near.length > 0 ? near : names).join(" | ");
  throw new CommandFailure(
    "service-unknown",
    { zh: `部署中没有服务 ${name}。`, en: `The deployment has no service ${name}.` },
    { exitCode: exitCodes.wrongUsage, next: { zh: `--service ${shown}`, en: `--service ${shown}` } },
  );
}

/** The officer's own key, where there is no deployment to ask. @throws CommandFailure `officer-not-named` */
export function openOwnKey(values: OfficerValues, terminal: Terminal): Promise<OfficerKey> {
  const nowhere: Deployment = { name: "", isSandbox: false, trustFile: "", services: [], officers: [] };
  const { key } = chooseOfficer(values, terminal.environment["YINXIN_OFFICER"], nowhere, "officer");
  return openOfficerKey(key, terminal);
}
