import type { Kysely } from "kysely";

import type { AuditFinding, BelievedCheckpoint } from "./audit-report.ts";
import type { AuditTables } from "./audit-tables.ts";
import { believedCheckpointOf, isWitnessed } from "./believed-checkpoints.ts";
import type { Belief } from "./believed-checkpoints.ts";

/** What was signed last, as far as the verifier believes it. */
export interface SignedCheckpoints {
  readonly folder?: BelievedCheckpoint;
  readonly database?: BelievedCheckpoint;
  /** The larger of the two. */
  readonly latest?: BelievedCheckpoint;
  readonly witnessedSize: number;
}

/** Not every second's checkpoint got its cosignature; of the last so many one has, or nobody witnesses. */
export const searchedCheckpoints = 200;

/** Reads the folder's checkpoint and the database's; what is not believed becomes a finding. */
export async function readSignedCheckpoints(
  db: Kysely<AuditTables>,
  belief: Belief,
  folderNote: string | undefined,
  findings: AuditFinding[],
): Promise<SignedCheckpoints> {
  const rows = await db
    .selectFrom("audit_checkpoints")
    .select("note")
    .where("epoch", "=", belief.epoch)
    .orderBy("size", "desc")
    .limit(searchedCheckpoints)
    .execute();
  const believed = (
    note: string | undefined,
    foundIn: "folder" | "database",
  ): BelievedCheckpoint | undefined => {
    const checkpoint = note === undefined ? undefined : believedCheckpointOf(belief, note, foundIn);
    if (typeof checkpoint !== "string") return checkpoint;
    findings.push({
      code: "checkpoint-not-trusted",
      detail: `the checkpoint in the ${foundIn}: ${checkpoint}`,
    });
    return undefined;
  };
  const folder = believed(folderNote, "folder");
  const database = believed(rows[0]?.note, "database");
  if (folderNote === undefined && rows.length > 0) {
    findings.push({ code: "folder-damaged", detail: "the folder has no checkpoint" });
  }
  const latest = laterOf(folder, database);
  const notes = [folderNote ?? [], rows.map(({ note }) => note)].flat(2);
  return {
    ...(folder !== undefined && { folder }),
    ...(database !== undefined && { database }),
    ...(latest !== undefined && { latest }),
    witnessedSize: witnessedSizeOf(belief, notes, latest, findings),
  };
}

function laterOf(
  folder: BelievedCheckpoint | undefined,
  database: BelievedCheckpoint | undefined,
): BelievedCheckpoint | undefined {
  if (folder === undefined || database === undefined) return folder ?? database;
  return database.size > folder.size ? database : folder;
}

function witnessedSizeOf(
  belief: Belief,
  notes: readonly string[],
  latest: BelievedCheckpoint | undefined,
  findings: AuditFinding[],
): number {
  // Newest first, so the first that has its witnesses is the one; most often that is the very first.
  const note = notes.find((candidate) => isWitnessed(belief, candidate));
  const witnessed = note === undefined ? undefined : believedCheckpointOf(belief, note, "database");
  if (witnessed !== undefined && typeof witnessed !== "string") return witnessed.size;
  if (notes.length === 0) findings.push({ code: "never-signed", detail: "there is no checkpoint" });
  else if (latest !== undefined) {
    findings.push({
      code: "never-witnessed",
      detail: "no checkpoint has the witnesses that the policy asks for",
    });
  }
  return 0;
}
