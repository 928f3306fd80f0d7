import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { base64Of, derOfPem, pemOfDer } from "@yinxin/crypto/bytes";
import { certificateProfiles, issueCertificate } from "@yinxin/crypto/issuing";
import type { CertificateToIssue } from "@yinxin/crypto/issuing";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import { parseCertificate } from "@yinxin/crypto/x509";
import { fileKeyUri, openOrGenerateKey } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";
import { canonicalBytes, defaultRules, documentDigest } from "@yinxin/service-kit/approvals";
import type { GovernanceTrust, Officer, OfficerPolicy, PolicyChain } from "@yinxin/service-kit/approvals";

import { serviceNames } from "./layout.ts";
import type { Layout, ServiceName } from "./layout.ts";
import { officers } from "./population.ts";
import { openStore } from "./stores.ts";

/** Every name of the demo's logs and witnesses begins so; the domain is one that nobody has. */
const logDomain = "demo.yinxin.example";
const deployment = "yinxin-demo";
const passphraseName = "passphrase";

/** Officers' side of the demo; `services` has for each service what its environment names. */
export function governanceFiles(data: string) {
  const folder = join(data, "governance");
  return {
    folder,
    logKeys: join(folder, "log-keys.json"),
    policy: join(folder, "officer-policy.json"),
    trust: join(folder, "yinxin-trust.json"),
    deployment: join(data, "deployment.json"),
    witnesses: (service: ServiceName) => join(folder, `witnesses-${service}.json`),
    witnessedLogs: (service: ServiceName) => join(folder, `witnessed-logs-${service}.json`),
    audit: (service: ServiceName) => join(data, "audit", service),
  };
}

export function auditOriginOf(service: ServiceName): string {
  return `${logDomain}/audit/${service}`;
}

function witnessNameOf(service: ServiceName): string {
  return `${logDomain}/witness/${service}`;
}

/** Two others cosign each log: one is enough, and the second keeps watching when the first is down. */
function witnessesOf(service: ServiceName): readonly ServiceName[] {
  return (["ledger", "pki", "seal"] as const).filter((name) => name !== service).slice(0, 2);
}

/**
 * Makes what officers' side needs before the services start: the officers' keys under a root of their own, the first policy,
 * and who is witness of whose log. Keys and policy that are there already are kept.
 */
export async function prepareGovernance(layout: Layout): Promise<void> {
  const files = governanceFiles(layout.data);
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  const root = await readOrMakeRoot(layout.data);
  await keepBesideKey(layout.data, { id: "root", algorithm: "ES256" }, root);
  const genesis = existsSync(files.policy) ? readGenesis(files.policy) : await makeGenesis(layout.data, root);
  const keys = await logKeysOf(layout);
  const trust: GovernanceTrust = {
    deployment,
    policy_genesis: documentDigest(genesis),
    officer_roots: [pemOfDer(root, "CERTIFICATE")],
    logs: logPolicyOf(layout, keys),
  };
  const chain: PolicyChain = { genesis: base64Of(genesis), changes: [] };
  if (!existsSync(files.policy)) writeJson(files.policy, chain);
  writeJson(files.trust, trust);
  for (const name of serviceNames) writeWitnesses(layout, name, keys);
  writeJson(files.deployment, deploymentOf(layout));
}

interface LogKeys {
  /** Verifier keys (C2SP signed-note). */
  readonly audit: string;
  readonly witness: string;
}

type KeysOfServices = Readonly<Record<ServiceName, LogKeys>>;

/**
 * The services adopt these two keys when they start; made now, because each must know the others'. Written down once: what
 * is trusted is the first key of each, those that follow are proved by it, and its private part may be gone by then.
 */
async function logKeysOf(layout: Layout): Promise<KeysOfServices> {
  const file = governanceFiles(layout.data).logKeys;
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<KeysOfServices>) : {};
  const entries = serviceNames.map(async (name): Promise<[ServiceName, LogKeys]> => {
    const first = known[name];
    if (first !== undefined) return [name, first];
    const store = await openStore(layout.data, name);
    try {
      const audit = await openOrGenerateKey(store, fileKeyUri("audit"), "Ed25519");
      const witness = await openOrGenerateKey(store, fileKeyUri("witness"), "Ed25519");
      return [
        name,
        {
          audit: encodeNoteKey(noteKeyOf(auditOriginOf(name), audit.publicKey)),
          witness: encodeNoteKey(noteKeyOf(witnessNameOf(name), witness.publicKey, "cosignature-ed25519")),
        },
      ];
    } finally {
      await store.close();
    }
  });
  const keys = Object.fromEntries(await Promise.all(entries)) as KeysOfServices;
  writeJson(file, keys);
  return keys;
}

function logPolicyOf(layout: Layout, keys: KeysOfServices): string {
  const witnesses = [...new Set(serviceNames.flatMap(witnessesOf))];
  return [
    ...serviceNames.map((name) => `log ${keys[name].audit}`),
    ...witnesses.map((name) => `witness ${name} ${keys[name].witness} ${layout[name].url}`),
    `group witnesses 1 ${witnesses.join(" ")}`,
    "quorum witnesses",
    "",
  ].join("\n");
}

function writeWitnesses(layout: Layout, service: ServiceName, keys: KeysOfServices): void {
  const files = governanceFiles(layout.data);
  const witnesses = witnessesOf(service).map((name) => ({
    url: layout[name].url,
    vkey: keys[name].witness,
  }));
  writeJson(files.witnesses(service), { witnesses });
  const logs = serviceNames
    .filter((name) => witnessesOf(name).includes(service))
    .map((name) => ({ origin: auditOriginOf(name), vkeys: [keys[name].audit] }));
  writeJson(files.witnessedLogs(service), { name: witnessNameOf(service), logs });
}

async function readOrMakeRoot(data: string): Promise<Uint8Array> {
  const file = join(governanceFiles(data).folder, "officer-root.pem");
  if (existsSync(file)) {
    const [der] = derOfPem(readFileSync(file, "utf8"), "CERTIFICATE");
    if (der === undefined) throw new Error(`${file} holds no certificate`);
    return der;
  }
  return await withOfficerKey(data, "root", "ES256", async (signer) => {
    const der = await issue({
      profile: "root-ca",
      subject: nameOf("印信测试人员根证书"),
      publicKey: signer.publicKey,
      issuer: { signer },
    });
    writeFileSync(file, pemOfDer(der, "CERTIFICATE"), { mode: 0o600 });
    return der;
  });
}

async function makeGenesis(data: string, root: Uint8Array): Promise<Uint8Array> {
  const certified: Officer[] = [];
  for (const { id, person, name, unit, role, algorithm } of officers) {
    const certificate = await certify(data, root, { id, name, algorithm });
    certified.push({ id, person, name, unit, role, certificate: base64Of(certificate) });
  }
  const emergency = await certify(data, root, { id: "break-glass", name: "应急密钥", algorithm: "ES256" });
  const policy: OfficerPolicy = {
    type: "yinxin-officer-policy",
    version: 1,
    deployment,
    officers: certified,
    rules: defaultRules(),
    break_glass: { certificate: base64Of(emergency), review_within_hours: 72 },
  };
  return canonicalBytes(policy);
}

interface ToCertify {
  readonly id: string;
  readonly name: string;
  readonly algorithm: SignatureAlgorithmName;
}

/** A key of that label, and its certificate by the officers' root. */
async function certify(
  data: string,
  root: Uint8Array,
  { id, name, algorithm }: ToCertify,
): Promise<Uint8Array> {
  const publicKey = await withOfficerKey(data, id, algorithm, (key) => Promise.resolve(key.publicKey));
  const certificate = await withOfficerKey(data, "root", "ES256", (signer) =>
    issue({
      profile: "signer",
      subject: nameOf(name),
      publicKey,
      issuer: { signer, certificate: parseCertificate(root) },
    }),
  );
  await keepBesideKey(data, { id, algorithm }, certificate);
  return certificate;
}

/** The command line finds a certificate beside its key, as on a card. */
async function keepBesideKey(
  data: string,
  { id, algorithm }: Pick<ToCertify, "id" | "algorithm">,
  certificate: Uint8Array,
): Promise<void> {
  await withOfficerKey(data, id, algorithm, async (_key, store) => {
    await store.certificates?.write(fileKeyUri(id), certificate);
  });
}

function readGenesis(file: string): Uint8Array {
  const { genesis } = JSON.parse(readFileSync(file, "utf8")) as PolicyChain;
  return new Uint8Array(Buffer.from(genesis, "base64"));
}

function issue(
  wanted: Pick<CertificateToIssue, "profile" | "subject" | "publicKey" | "issuer">,
): Promise<Uint8Array> {
  const notBefore = new Date(Date.now() - 60_000);
  const days = certificateProfiles[wanted.profile].validityDays;
  const notAfter = new Date(notBefore.getTime() + days * 86_400_000);
  // RFC 5280 §4.1.2.2: positive and at most 20 octets.
  const serialNumber = new Uint8Array([0x01, ...randomBytes(15)]);
  return issueCertificate({ ...wanted, serialNumber, notBefore, notAfter });
}

function nameOf(commonName: string): CertificateToIssue["subject"] {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: "印信测试机构（仅供测试）" },
    { type: "CN", value: commonName },
  ];
}

function officerFolder(data: string): string {
  return join(governanceFiles(data).folder, "officers");
}

async function withOfficerKey<Result>(
  data: string,
  label: string,
  algorithm: SignatureAlgorithmName,
  use: (signer: Awaited<ReturnType<KeyStore["signer"]>>, store: KeyStore) => Promise<Result>,
): Promise<Result> {
  const folder = officerFolder(data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const passphraseFile = join(data, passphraseName);
  const store = await openKeyStore({ folder, passphraseFile, configFile: undefined, randomBytes });
  try {
    return await use(await openOrGenerateKey(store, fileKeyUri(label), algorithm), store);
  } finally {
    await store.close();
  }
}

/** What the command line is told of this deployment; officers' keys are in it because it is a sandbox. */
function deploymentOf(layout: Layout): unknown {
  const files = governanceFiles(layout.data);
  const store = `file:${resolve(officerFolder(layout.data))}?pin-source=file:${resolve(layout.data, passphraseName)}`;
  return {
    name: deployment,
    sandbox: true,
    trust: resolve(files.trust),
    configuration: [resolve(files.policy)],
    services: Object.fromEntries(
      serviceNames.map((name) => [
        name,
        {
          url: layout[name].url,
          database: `sqlite:${resolve(layout[name].folder, "db.sqlite")}`,
          audit_folder: resolve(files.audit(name)),
          audit_origin: auditOriginOf(name),
          configuration: [files.witnesses(name), files.witnessedLogs(name)].map((file) => resolve(file)),
          key_store: `file:${resolve(layout[name].folder, "keys")}?pin-source=file:${resolve(layout.data, passphraseName)}`,
        },
      ]),
    ),
    officers: Object.fromEntries(
      officers.map(({ id, name, role }) => [id, { name, role, store, label: id }]),
    ),
  };
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
}
