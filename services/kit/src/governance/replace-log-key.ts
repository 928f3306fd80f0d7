import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";

import { defineChangeOperation } from "../approvals/index.ts";
import type { ChangeOperation } from "../approvals/index.ts";
import type { AuditCatalogue } from "../audit/index.ts";
import type { KeyVersion } from "../key-rings/index.ts";
import { refuse } from "../problems/index.ts";
import { keyReplacementOperation, keyReplacementParameters } from "./key-replacement.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

/**
 * After the compromise of an audit or a witness key two officers vouch for its successor, since the lost key must not. Nothing changes
 * here: their signatures, exported, are what verifiers and witnesses go by.
 */
export function replaceLogKeyOperation<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
): ChangeOperation {
  const { rings } = opened;
  return defineChangeOperation({
    name: keyReplacementOperation,
    title: { zh: "更换日志密钥的信任", en: "Vouch for the successor of a lost log key" },
    parameters: keyReplacementParameters,
    preview: async (purpose, { from, to, since }) => {
      const versions = await rings.versions(purpose);
      const keyOf = noteKeyIn(opened, purpose);
      const has = (text: string, fits: (version: KeyVersion) => boolean) =>
        versions.find((version) => fits(version) && encodeNoteKey(keyOf(version)) === text);
      const lost = has(from, ({ invalidFrom }) => invalidFrom?.getTime() === Date.parse(since));
      const next = has(to, ({ state }) => state === "active");
      if (lost === undefined || next === undefined) throw notReplaceable(purpose);
      return {
        effect: [
          {
            zh: `第 ${String(next.version)} 版取代已泄露的第 ${String(lost.version)} 版：验证方与见证方凭本变更改认新密钥。`,
            en: `Version ${String(next.version)} takes the place of version ${String(lost.version)}, which is lost: verifiers and witnesses go by this change.`,
          },
        ],
        numbers: {},
        steps: [],
      };
    },
    execute: ({ change }) => Promise.resolve({ replaced: change.target }),
  });
}

/** A ring's keys under the name that others know them by. @throws Refusal for any other ring. */
function noteKeyIn<Schema, Catalogue extends AuditCatalogue>(
  { own, config, files }: OpenedGovernance<Schema, Catalogue>,
  purpose: string,
): (version: KeyVersion) => NoteKey {
  if (purpose === own.audit.purpose) return ({ publicKey }) => noteKeyOf(config.AUDIT_ORIGIN, publicKey);
  const name = files.witnessed?.name;
  if (purpose !== own.witness.purpose || name === undefined) throw notReplaceable(purpose);
  return ({ publicKey }) => noteKeyOf(name, publicKey, "cosignature-ed25519");
}

function notReplaceable(purpose: string) {
  return refuse("log-key-not-replaceable", {
    zh: `${purpose} 不是日志或见证密钥，或者给出的不是已泄露的密钥及其启用的后继。`,
    en: `${purpose} is not the key of a log or a witness here, or these are not its lost key and the active one after it.`,
  });
}
