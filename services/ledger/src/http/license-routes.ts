import { actorsOf } from "@yinxin/service-kit/auth";
import type { Caller } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";

import { issueLicense } from "../operations/issue-license.ts";
import type { IssueLicenseDeps } from "../operations/issue-license.ts";
import { proveLeaf } from "../operations/prove-leaf.ts";
import { findLicense, readLicense, readLicenseDocument } from "../operations/read-license.ts";
import {
  contentOfBody,
  documentName,
  issuedLicenseReply,
  issueLicenseBody,
  licenseParams,
  licenseReadReply,
  licenseText,
  proofReply,
  proofText,
} from "./license-schemas.ts";

/** What needs a permission: issuing and reading licenses. */
export function licenseRoutes(deps: IssueLicenseDeps): readonly Route[] {
  return [issueRoute(deps), readRoute(deps), documentRoute(deps), proofRoute(deps)];
}

function issueRoute(deps: IssueLicenseDeps): Route {
  return defineRoute({
    method: "post",
    path: "/v1/licenses",
    summary: "Issue a license: document, seal and ledger leaf over the same data",
    permission: "license:issue",
    body: issueLicenseBody,
    reply: { status: 201, schema: issuedLicenseReply },
    handle: async ({ body, caller }) => {
      const organizationId = organizationOf(caller);
      const { license, proof } = await issueLicense(deps, {
        content: contentOfBody(body),
        sealId: body.seal_id,
        actors: actorsOf(caller),
        ...(organizationId !== undefined && { organizationId }),
      });
      return { ...licenseText(license, deps.clock.now()), proof: proofText(proof) };
    },
  });
}

/** For whom a person acts. A system that calls in its own name acts for none in particular. */
function organizationOf(caller: Caller): string | undefined {
  return caller.organization ?? (caller.actor === undefined ? undefined : caller.subject);
}

function readRoute(deps: IssueLicenseDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/licenses/:license_id",
    summary: "Read a license, with the salts that open its commitments",
    permission: "license:read",
    params: licenseParams,
    reply: { status: 200, schema: licenseReadReply },
    handle: async ({ params, caller }) => {
      const license = await readLicense(deps, params.license_id, actorsOf(caller));
      return {
        ...licenseText(license, deps.clock.now()),
        fields: license.fields.map((field) => ({ ...field })),
        leaf_salt: license.leafSalt,
      };
    },
  });
}

function documentRoute(deps: IssueLicenseDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/licenses/:license_id/document",
    summary: "Get the sealed document of a license",
    permission: "license:read",
    params: licenseParams,
    reply: { status: 200, contentType: "application/ofd" },
    handle: async ({ params, caller }) => {
      const { license, document } = await readLicenseDocument(deps, params.license_id, actorsOf(caller));
      return { content: document, fileName: documentName(license) };
    },
  });
}

function proofRoute(deps: IssueLicenseDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/licenses/:license_id/proof",
    summary: "Prove that a license is in the ledger",
    permission: "license:read",
    params: licenseParams,
    reply: { status: 200, schema: proofReply },
    reads: ({ params }) => params.license_id,
    handle: async ({ params }) => {
      const { leafIndex } = await findLicense(deps.store, params.license_id);
      return proofText(await proveLeaf(deps, leafIndex));
    },
  });
}
