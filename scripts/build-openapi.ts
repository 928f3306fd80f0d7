import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { officersOnly } from "@yinxin/service-kit/auth";
import { governanceProblems, governanceRoutes } from "@yinxin/service-kit/governance";
import { openApiOf } from "@yinxin/service-kit/routes";
import type { OpenApiSubject } from "@yinxin/service-kit/routes";

import { ledgerProblems, ledgerRoutes } from "../services/ledger/src/http/index.ts";
import { pkiProblems, pkiRoutes } from "../services/pki/src/http/index.ts";
import { sealProblems, sealRoutes } from "../services/seal/src/http/index.ts";
import { signingProblems, signingRoutes } from "../services/signing/src/http/index.ts";

const repository = join(import.meta.dirname, "..");
const version = "0.1.0";

// Nothing is called through these: a route's definition holds all that its description needs.
const noDeps = {} as never;
const noParts = {
  audit: noDeps,
  keyRings: noDeps,
  approvals: noDeps,
  rotations: noDeps,
  alarms: noDeps,
  evidence: noDeps,
};

// What officers ask is the same of every service, so it is described once, as the kit's; desk and sso have nothing else: their
// pages and OpenID Connect are no routes of this kind.
const subjects: Readonly<Record<string, OpenApiSubject>> = {
  kit: {
    title: "Yinxin, officers' side of every service",
    version,
    routes: governanceRoutes(noParts),
    problems: governanceProblems,
    officersOnly,
  },
  ledger: { title: "Yinxin ledger", version, routes: ledgerRoutes(noDeps), problems: ledgerProblems },
  pki: { title: "Yinxin pki", version, routes: pkiRoutes(noDeps), problems: pkiProblems },
  seal: { title: "Yinxin seal", version, routes: sealRoutes(noDeps), problems: sealProblems },
  signing: { title: "Yinxin signing", version, routes: signingRoutes(noDeps), problems: signingProblems },
};

/** Each service's openapi.json, and that of the officers' side of all of them: its path in the repository and its text. */
export function openApiDocuments(): [path: string, text: string][] {
  return Object.entries(subjects).map(([service, subject]) => [
    `services/${service}/openapi.json`,
    `${JSON.stringify(openApiOf(subject), undefined, 2)}\n`,
  ]);
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of openApiDocuments()) writeFileSync(join(repository, path), text);
}
