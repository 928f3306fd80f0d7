import { base64Of } from "@yinxin/crypto/bytes";
import { isUscc } from "@yinxin/service-kit/identifiers";
import { dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { holderCodeTypeNames, holderCodeTypes } from "../domain/holder-code.ts";
import { licenseIdPattern, validityAt } from "../domain/license.ts";
import type { LicenseContent, LicenseId } from "../domain/license.ts";
import type { LeafProof } from "../operations/prove-leaf.ts";
import type { LicenseRecord } from "../operations/ledger-store.ts";
import type { LogKey } from "../operations/read-log-keys.ts";

/** A holder's name on three lines of the page; the longest registered names of units have fewer characters. */
const holderNameMax = 80;
const nameMax = 60;

/**
 * Text that a page can show as it is. A control or format character could make one name look like another: a turned
 * writing direction, a hidden joint.
 */
function printedText(maximumCharacters: number) {
  return z
    .string()
    .min(1)
    .max(maximumCharacters)
    .refine(
      (text) => text.trim() === text && !/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u.test(text),
      "not plain printed text",
    );
}

const uscc = z.string().refine(isUscc, "not a unified social credit code (GB 32100-2015)");

const typeCode = z
  .string()
  .regex(/^[0-9A-Z]{18}[0-9]{3}$/)
  .refine((code) => isUscc(code.slice(0, 18)), "does not begin with a unified social credit code");

const holder = z
  .strictObject({
    name: printedText(holderNameMax),
    code: z.string().max(18),
    code_type: z.enum(holderCodeTypeNames),
  })
  .refine(({ code, code_type }) => holderCodeTypes[code_type](code), {
    path: ["code"],
    error: "not a code of this type",
  });

const contentShape = {
  name: printedText(nameMax),
  type_code: typeCode,
  number: printedText(nameMax),
  holder,
  issuing_authority: z.strictObject({ name: printedText(nameMax), code: uscc }),
  issued_on: z.iso.date(),
  valid_from: z.iso.date(),
  valid_until: z.iso.date().exactOptional(),
};

export const issueLicenseBody = z
  .strictObject({ ...contentShape, seal_id: z.string().regex(/^seal_[0-9A-Za-z]{1,64}$/) })
  .refine(({ valid_from, valid_until }) => valid_until === undefined || valid_until >= valid_from, {
    path: ["valid_until"],
    error: "before valid_from",
  });

export const licenseParams = z.strictObject({
  license_id: z
    .string()
    .regex(licenseIdPattern)
    .transform((text) => text as LicenseId),
});

const digests = z.strictObject({ sha_256: z.string(), sm3: z.string() });

export const proofReply = z.strictObject({
  leaf_index: z.int(),
  /** Canonical JSON; the leaf hash is SHA-256(0x00 ‖ this text in UTF-8). */
  leaf: z.string(),
  tree_size: z.int(),
  /** Base64; RFC 9162 §2.1.3, the leaf's sibling first. */
  inclusion_proof: z.array(z.string()),
  /** C2SP signed note. */
  checkpoint: z.string(),
});

const validity = z.enum(["not-yet-valid", "valid", "expired"]);

export const licenseReply = z.strictObject({
  id: z.string(),
  identifier: z.string(),
  ...contentShape,
  validity,
  document: z.strictObject({ name: z.string(), digests }),
  fields_root: z.string(),
  leaf_index: z.int(),
  recorded_at: dateTimeText,
});

export const issuedLicenseReply = z.strictObject({ ...licenseReply.shape, proof: proofReply });

/** With what opens the commitments: each field's salt, and that of the leaf. */
export const licenseReadReply = z.strictObject({
  ...licenseReply.shape,
  fields: z.array(z.strictObject({ name: z.string(), value: z.string(), salt: z.string() })),
  leaf_salt: z.string(),
});

export const attestationReply = z.strictObject({
  /** Whether the ledger holds exactly this file. */
  attested: z.boolean(),
  digests,
  validity: validity.exactOptional(),
  proof: proofReply.exactOptional(),
});

const logKeyReply = z.strictObject({
  version: z.int(),
  state: z.string(),
  /** C2SP vkey, for other people's tools. */
  verifier_key: z.string(),
  /** Of the first checkpoint that it signed; absent if it signed none yet. */
  first_size: z.int().exactOptional(),
  /** Of the last; absent while it may still sign. */
  last_size: z.int().exactOptional(),
  /** The key before it named it inside the log: a C2SP tlog-proof, to be checked with that key. */
  succession: z.string().exactOptional(),
});

export const logReply = z.strictObject({
  origin: z.string(),
  /** The key that signs now; C2SP vkey. */
  verifier_key: z.string(),
  tree_digest: z.literal("sha-256"),
  /** Every key that the log has or had, oldest first. */
  keys: z.array(logKeyReply),
});

export function logKeyText(key: LogKey): z.input<typeof logKeyReply> {
  return {
    version: key.version,
    state: key.state,
    verifier_key: key.verifierKey,
    ...(key.firstSize !== undefined && { first_size: key.firstSize }),
    ...(key.lastSize !== undefined && { last_size: key.lastSize }),
    ...(key.succession !== undefined && { succession: key.succession }),
  };
}

/** A license as a body says it. */
export function contentOfBody(body: z.output<typeof issueLicenseBody>): LicenseContent {
  return {
    name: body.name,
    typeCode: body.type_code,
    number: body.number,
    holder: { name: body.holder.name, code: body.holder.code, codeType: body.holder.code_type },
    issuingAuthority: body.issuing_authority,
    issuedOn: body.issued_on,
    validFrom: body.valid_from,
    ...(body.valid_until !== undefined && { validUntil: body.valid_until }),
  };
}

export function licenseText(license: LicenseRecord, at: Date): z.input<typeof licenseReply> {
  const { content, file } = license;
  return {
    id: license.id,
    identifier: license.identifier,
    name: content.name,
    type_code: content.typeCode,
    number: content.number,
    holder: { name: content.holder.name, code: content.holder.code, code_type: content.holder.codeType },
    issuing_authority: content.issuingAuthority,
    issued_on: content.issuedOn,
    valid_from: content.validFrom,
    ...(content.validUntil !== undefined && { valid_until: content.validUntil }),
    validity: validityAt(content, at),
    document: { name: documentName(license), digests: { sha_256: file.sha256, sm3: file.sm3 } },
    fields_root: license.fieldsRoot,
    leaf_index: license.leafIndex,
    recorded_at: license.recordedAt.toISOString(),
  };
}

/** `IDENTIFIER.ofd`, as license files are named in the field. */
export function documentName({ identifier }: Pick<LicenseRecord, "identifier">): string {
  return `${identifier}.ofd`;
}

export function proofText(proof: LeafProof): z.input<typeof proofReply> {
  return {
    leaf_index: proof.leafIndex,
    leaf: proof.leaf,
    tree_size: proof.treeSize,
    inclusion_proof: proof.hashes.map(base64Of),
    checkpoint: proof.checkpoint,
  };
}
