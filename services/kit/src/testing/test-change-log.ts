import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import {
  consistencyProof,
  encodeCheckpoint,
  encodeLogPolicy,
  hashReaderOfLeaves,
  leavesProof,
  noteKeyOf,
  signNote,
  treeRoot,
} from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import { canonicalBytes } from "../approvals/index.ts";
import type { LogRecord } from "../approvals/index.ts";
import { createChangeLog } from "../approval-store/index.ts";
import type { ChangeLog } from "../approval-store/index.ts";
import { createAuditLog } from "../audit/index.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { silentLog } from "./silent-log.ts";

/** The audit log of a service in a test, and what a trust file says of it. */
export interface TestChangeLog {
  readonly log: ChangeLog;
  readonly auditLog: AuditLog;
  readonly origin: string;
  /** For whoever removes it. */
  readonly folder: string;
}

export interface TestLogEvent {
  readonly at: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, string>>;
}

export interface TestRecordOptions {
  /** Events of other things that came before; two if absent. */
  readonly before?: readonly string[];
  /** How many of those the proposer saw. */
  readonly headSize?: number;
}

/** Keys of logs by name, so that a trust file can be made before the databases are there. */
export interface TestLogs {
  /** C2SP tlog-policy: the `logs` of a trust file. */
  readonly logs: string;
  /** A record without a database: these events, after others, in a log that a service signs. */
  record(service: string, events: readonly TestLogEvent[], options?: TestRecordOptions): Promise<LogRecord>;
  /** The log of a service over a database; another folder each time. */
  open<Schema>(db: Kysely<Schema>, service: string, clock: Clock): TestChangeLog;
}

/** Makes keys for the logs of these services. */
export function createTestLogs(services: readonly string[]): TestLogs {
  const originOf = (service: string): string => `yinxin.example/audit/${service}`;
  const signers = new Map(
    services.map((service) => [service, createSoftwareSigner(generateKey("Ed25519").pkcs8)]),
  );
  const signerOf = (service: string): Signer => {
    const signer = signers.get(service);
    if (signer === undefined) throw new RangeError(`the test has no log for ${service}`);
    return signer;
  };
  const logs = [...signers].map(([service, { publicKey }]) => ({
    key: noteKeyOf(originOf(service), publicKey),
  }));
  return {
    logs: encodeLogPolicy({ logs, witnesses: [], groups: [], quorum: undefined }),
    record: (service, events, options = {}) =>
      recordOf({ signer: signerOf(service), name: originOf(service) }, events, options),
    open: (db, service, clock) => {
      const signer = signerOf(service);
      const origin = originOf(service);
      const folder = mkdtempSync(join(tmpdir(), "yinxin-test-changes-"));
      const auditLog = createAuditLog({
        ...{ db, origin, folder, clock, randomBytes },
        openKeys: () => Promise.resolve([{ signer }]),
        witnesses: [],
        log: silentLog,
      });
      return { log: createChangeLog({ db, folder, origin, auditLog }), auditLog, origin, folder };
    },
  };
}

async function recordOf(
  { signer, name }: { readonly signer: Signer; readonly name: string },
  events: readonly TestLogEvent[],
  { before = ["first", "second"], headSize }: TestRecordOptions,
): Promise<LogRecord> {
  const leaves = [
    ...before.map((text) => utf8Of(text)),
    ...events.map(({ at, ...event }, place) =>
      canonicalBytes({ ...event, actor: "zhao-min", index: before.length + place, occurred_at: at }),
    ),
  ];
  const size = leaves.length;
  const readHashes = hashReaderOfLeaves(leaves);
  const root = await treeRoot(readHashes, size);
  const indexes = events.map((_, place) => before.length + place);
  const head = headSize === undefined ? undefined : await consistencyProof(readHashes, headSize, size);
  return {
    checkpoint: await signNote({ signer, name }, encodeCheckpoint({ origin: name, size, root })),
    successions: [],
    leaves: leaves.slice(before.length).map((leaf) => base64Of(leaf)),
    hashes: (await leavesProof(readHashes, indexes, size)).map((hash) => base64Of(hash)),
    ...(head && { head: head.map((hash) => base64Of(hash)) }),
  };
}
