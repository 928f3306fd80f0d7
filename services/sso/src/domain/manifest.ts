import { isUscc } from "@yinxin/service-kit/identifiers";
import { z } from "zod";

import { grantTypes, normalizedUsername } from "./account.ts";
import type { Client, Organization, Person } from "./account.ts";

/** What a deployment starts with: its units, their people, and the systems that may ask for tokens. */
export interface Manifest {
  readonly organizations: readonly Organization[];
  readonly people: readonly Person[];
  readonly clients: readonly Client[];
}

/** The manifest cannot be used: nothing of it is imported. */
export class ManifestError extends Error {
  readonly code: "manifest-not-signed" | "manifest-malformed";

  constructor(code: ManifestError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ManifestError";
    this.code = code;
  }
}

/** More is not a bootstrap but a migration, and wants its own tool. */
const maximumEntries = 5000;
const maximumUris = 20;

const name = z.string().min(1).max(200);
const id = z
  .string()
  .regex(/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/)
  .max(64)
  // A system's token has this as its `sub`, where a unit's has `org_…`: one must never be able to stand for the other.
  .refine((text) => !/^(?:org|psn)_/.test(text), "begins like the id of a unit or a person");
const permissions = z.array(z.string().regex(/^[a-z]+(?:-[a-z]+)*:[a-z]+(?:-[a-z]+)*$/)).max(100);
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const organizationSchema = z.strictObject({
  id: z.templateLiteral(["org_", z.string().regex(/^[A-Za-z0-9]+$/)]),
  name,
  uscc: z.string().refine(isUscc, "is not a unified social credit code (GB 32100-2015)"),
});

const personSchema = z.strictObject({
  id: z.templateLiteral(["psn_", z.string().regex(/^[A-Za-z0-9]+$/)]),
  username: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => normalizedUsername(text) === text, "is not in normal form"),
  name,
  password_hash: z.string().refine(isStrongHash, "is not Argon2id with at least 19 MiB, 2 passes"),
  organization: z.string(),
  entitlements: permissions,
});

const clientSchema = z.strictObject({
  client_id: id,
  name,
  jwk: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    kid: z.string().min(1).max(100).optional(),
    alg: z.literal("ES256").optional(),
    use: z.literal("sig").optional(),
  }),
  grant_types: z.array(z.enum(grantTypes)).min(1),
  redirect_uris: z
    .array(z.string().refine(isRedirectUri, "is not an exact https or loopback address"))
    .max(maximumUris),
  post_logout_redirect_uris: z
    .array(z.string().refine(isRedirectUri, "is not an exact https or loopback address"))
    .max(maximumUris),
  scope: z.string().max(2000),
  entitlements: permissions,
});

const manifestSchema = z.strictObject({
  organizations: z.array(organizationSchema).max(maximumEntries),
  people: z.array(personSchema).max(maximumEntries),
  clients: z.array(clientSchema).max(maximumEntries),
});

/**
 * Reads the payload of a signed manifest.
 *
 * @throws ManifestError `manifest-malformed`, naming the place and never the value.
 */
export function parseManifest(payload: unknown): Manifest {
  const parsed = manifestSchema.safeParse(payload);
  if (!parsed.success) throw malformed(parsed.error.issues);
  const { organizations, people, clients } = parsed.data;
  const known = new Map(organizations.map((organization) => [organization.id as string, organization.id]));
  const manifest: Manifest = {
    organizations,
    people: people.map(({ password_hash, organization, ...person }) => {
      const organizationId = known.get(organization);
      if (organizationId === undefined)
        throw new ManifestError("manifest-malformed", `${person.id} has no organization`);
      return { ...person, passwordHash: password_hash, organizationId };
    }),
    clients: clients.map(readClient),
  };
  checkUnique(
    "organization id",
    organizations.map((organization) => organization.id),
  );
  checkUnique(
    "person id",
    people.map((person) => person.id),
  );
  checkUnique(
    "user name",
    people.map((person) => person.username),
  );
  checkUnique(
    "client id",
    clients.map((client) => client.client_id),
  );
  return manifest;
}

function readClient(client: z.infer<typeof clientSchema>): Client {
  if (client.grant_types.includes("authorization_code") && client.redirect_uris.length === 0) {
    throw new ManifestError(
      "manifest-malformed",
      `client ${client.client_id} logs people in and has no redirect_uris`,
    );
  }
  return {
    id: client.client_id,
    name: client.name,
    key: client.jwk,
    grantTypes: client.grant_types,
    redirectUris: client.redirect_uris,
    postLogoutRedirectUris: client.post_logout_redirect_uris,
    scope: client.scope.split(" ").filter((scope) => scope !== ""),
    entitlements: client.entitlements,
  };
}

function malformed(issues: readonly z.core.$ZodIssue[]): ManifestError {
  const places = issues.map((issue) => `${issue.path.join(".") || "the manifest"}: ${issue.message}`);
  return new ManifestError("manifest-malformed", places.slice(0, 5).join("; "));
}

function checkUnique(what: string, values: readonly string[]): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw new ManifestError("manifest-malformed", `the ${what} ${value} occurs twice`);
    seen.add(value);
  }
}

/** RFC 9700 §2.1 and RFC 8252 §7.3: https, or plain http on this machine only; no fragment, no user information. */
function isRedirectUri(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const uri = new URL(text);
  const isLoopback = uri.hostname === "localhost" || uri.hostname === "127.0.0.1" || uri.hostname === "[::1]";
  const isHttp = uri.protocol === "https:" || (uri.protocol === "http:" && isLoopback);
  return isHttp && !text.includes("#") && !text.includes("*") && uri.username === "" && uri.password === "";
}

/** OWASP's minimum for Argon2id; a weaker hash in a manifest would stay weak for years. */
const weakest = { memoryKib: 19 * 1024, passes: 2 };

function isStrongHash(phc: string): boolean {
  const match =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=\d{1,2}\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43,}$/.exec(phc);
  return match !== null && Number(match[1]) >= weakest.memoryKib && Number(match[2]) >= weakest.passes;
}
