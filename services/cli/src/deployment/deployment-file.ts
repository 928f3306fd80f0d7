import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";

import { parseGovernanceTrust } from "@yinxin/service-kit/approvals";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import { exitCodes } from "../exit-codes.ts";
import { CommandFailure, readWhole } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";

/** A deployment of six services says it in 3 KB; its officers' keys are not in it. */
const deploymentBytesMax = 256 * 1024;
/** Roots of officers and the keys of every log. */
const trustBytesMax = 4 * 1024 * 1024;

const text = z.string().min(1).max(4000);
const serviceSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  /** Where its database is, as the service itself is told. */
  database: text.optional(),
  /** Where its audit log's checkpoints and tiles are. */
  audit_folder: text.optional(),
  audit_origin: text.optional(),
});
const sandboxOfficerSchema = z.object({
  name: text,
  store: text,
  label: text,
  role: text.optional(),
});
const deploymentSchema = z.object({
  name: text,
  sandbox: z.boolean(),
  /** The trust file, beside this one. */
  trust: text,
  services: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), serviceSchema),
  /** Keys of officers that anybody who has this folder may use: in a sandbox only. */
  officers: z.record(text, sandboxOfficerSchema).optional(),
});

export interface DeployedService {
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
  readonly database?: string;
  readonly auditFolder?: string;
  readonly auditOrigin?: string;
}

/** An officer whom everybody may play in a sandbox. */
export interface SandboxOfficer {
  readonly id: string;
  readonly name: string;
  /** URI of the store of the key. */
  readonly store: string;
  readonly label: string;
  readonly role?: string;
}

/** Which services there are, where, and what is trusted about them. */
export interface Deployment {
  readonly name: string;
  readonly isSandbox: boolean;
  readonly trustFile: string;
  readonly services: readonly DeployedService[];
  /** Empty outside a sandbox. */
  readonly officers: readonly SandboxOfficer[];
}

/** What the demonstration writes. */
const demoFile = join(".demo", "deployment.json");

/**
 * The deployment that `--deployment`, YINXIN_DEPLOYMENT or the demonstration's folder names.
 *
 * @throws CommandFailure `deployment-not-found`, `deployment-malformed`; FileError if a named file cannot be read.
 */
export async function readDeployment(named: string | undefined, terminal: Terminal): Promise<Deployment> {
  const file = named ?? terminal.environment["YINXIN_DEPLOYMENT"];
  const bytes = file === undefined ? await readDemo() : await readWhole(file, deploymentBytesMax);
  return parseDeployment(bytes, file ?? demoFile);
}

async function readDemo(): Promise<Uint8Array> {
  try {
    return await readFile(demoFile);
  } catch (cause) {
    throw new CommandFailure(
      "deployment-not-found",
      {
        zh: "没有指明部署，当前目录也没有演示数据。",
        en: "No deployment is named, and there is no demonstration here.",
      },
      {
        cause,
        exitCode: exitCodes.wrongUsage,
        next: {
          zh: `用 --deployment FILE 或 YINXIN_DEPLOYMENT 指明部署文件；或先运行 npm run demo。`,
          en: `Name the file with --deployment FILE or YINXIN_DEPLOYMENT; or start the demonstration: npm run demo`,
        },
      },
    );
  }
}

/** @throws CommandFailure `deployment-malformed` */
export function parseDeployment(bytes: Uint8Array, file: string): Deployment {
  const { name, sandbox, trust, services, officers = {} } = parsed(bytes, file, deploymentSchema);
  const folder = dirname(resolve(file));
  const deployed = Object.entries(services).map(([service, facts]) => serviceOf(service, facts, folder));
  const insecure = deployed.find(({ url }) => !isPrivate(url));
  if (insecure !== undefined)
    throw malformed(file, `${insecure.name}: http:// leaves this machine; use https://`);
  const played = Object.entries(officers).map(([id, { role, ...facts }]) => ({
    id,
    ...facts,
    store: absoluteStore(facts.store, folder),
    ...(role === undefined ? {} : { role }),
  }));
  if (!sandbox && played.length > 0) throw malformed(file, "officers' keys are named, and it is no sandbox");
  return {
    name,
    isSandbox: sandbox,
    trustFile: absolute(trust, folder),
    services: deployed,
    officers: played,
  };
}

/** What the deployment's trust file says. @throws CommandFailure `trust-malformed`; FileError */
export async function readTrust(file: string): Promise<GovernanceTrust> {
  const bytes = await readWhole(file, trustBytesMax);
  try {
    return parseGovernanceTrust(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new CommandFailure(
      "trust-malformed",
      { zh: `${file} 不是信任文件。`, en: `${file} is no trust file.` },
      { cause },
    );
  }
}

function serviceOf(name: string, facts: z.infer<typeof serviceSchema>, folder: string): DeployedService {
  const { url, database, audit_folder: auditFolder, audit_origin: auditOrigin } = facts;
  return {
    name,
    url: url.replace(/\/+$/, ""),
    ...(database === undefined ? {} : { database: absoluteDatabase(database, folder) }),
    ...(auditFolder === undefined ? {} : { auditFolder: absolute(auditFolder, folder) }),
    ...(auditOrigin === undefined ? {} : { auditOrigin }),
  };
}

function parsed<Schema extends z.ZodType>(bytes: Uint8Array, file: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed(file, "it is not JSON in UTF-8", cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw malformed(file, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`, result.error);
}

function malformed(file: string, what: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    "deployment-malformed",
    { zh: `部署文件 ${file} 有误：${what}`, en: `The deployment file ${file} is wrong: ${what}` },
    { cause, exitCode: exitCodes.wrongUsage },
  );
}

/** What officers ask and see stays on this machine, or under TLS. */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || isLoopback(hostname);
}

/** Of this machine, whatever its name. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function absolute(path: string, folder: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

/** `sqlite:path`; other addresses are not paths. */
function absoluteDatabase(database: string, folder: string): string {
  const [, path] = /^sqlite:(?!\/\/)(.+)$/.exec(database) ?? [];
  return path === undefined ? database : `sqlite:${absolute(path, folder)}`;
}

/** `file:keys?pin-source=file:passphrase`, both beside the deployment file. */
function absoluteStore(store: string, folder: string): string {
  return store.replaceAll(/(^file:|pin-source=file:)([^/?&][^?&]*)/g, (_, scheme: string, path: string) => {
    return `${scheme}${join(folder, path)}`;
  });
}
