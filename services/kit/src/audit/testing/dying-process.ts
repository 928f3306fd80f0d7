/**
 * A process that appends events, signs a checkpoint, and dies without a word at the point that its caller names. Run with the
 * database's file, the folder, the log's key (PKCS #8, base64) and the point.
 */
import { randomBytes } from "node:crypto";

import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { createSoftwareSigner } from "@yinxin/crypto/signer";
import { noteKeyOf } from "@yinxin/crypto/tlog";

import { openDatabase } from "../../database/index.ts";
import type { WitnessClient } from "../../witness/index.ts";
import type { AuditTables } from "../audit-tables.ts";
import { auditedService } from "./audited-service.ts";

const [file = "", folder = "", key = "", point = ""] = process.argv.slice(2);
const signer = createSoftwareSigner(bytesOfBase64(key));

function dieAt(here: string): void {
  if (here === point) process.kill(process.pid, "SIGKILL");
}

const witness: WitnessClient = {
  key: noteKeyOf("w.example", signer.publicKey, "cosignature-ed25519"),
  name: "w.example",
  addCheckpoint: () => {
    dieAt("witnesses are asked");
    return Promise.resolve({ result: "unreachable", detail: "not at home" });
  },
  addSuccessor: () => Promise.resolve(false),
  successions: () => Promise.resolve([]),
};

const db = await openDatabase<AuditTables>({ url: `sqlite:${file}`, schema: "test" });
const service = auditedService(db, folder, { signer, witnesses: [witness] });
let written = 0;
const log = service.open({
  randomBytes: (length) => {
    written += 1;
    if (written === 2) dieAt("tiles are written");
    return randomBytes(length);
  },
  openKeys: () => {
    dieAt("tiles are written and nothing is signed");
    return Promise.resolve([{ signer, use: { purpose: "test.audit", version: 1 } }]);
  },
  knownKeys: () => Promise.resolve([signer.publicKey]),
  recordKeyUse: () => {
    dieAt("the checkpoint is stored");
    return Promise.resolve();
  },
});
await service.append(700);
dieAt("events are appended");
await log.checkpoint();
