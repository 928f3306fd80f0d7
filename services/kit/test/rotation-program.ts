import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import type { Kysely } from "kysely";

import { createAuditTrail, defineAuditCatalogue } from "../src/audit/index.ts";
import type { AuditCatalogue, AuditTrail } from "../src/audit/index.ts";
import { fixedClock } from "../src/clock/index.ts";
import { openDatabase, transact } from "../src/database/index.ts";
import type { DatabaseLocation } from "../src/database/index.ts";
import { createKeyRings } from "../src/key-rings/index.ts";
import type { KeyRings, RingKeys } from "../src/key-rings/index.ts";
import { createLog } from "../src/log/index.ts";
import { isRefusal } from "../src/problems/index.ts";
import { createRotations, standardPlans } from "../src/rotations/index.ts";
import type { PlanDefinition } from "../src/rotations/index.ts";

/** What a process of the tests is told, as JSON in its first argument. */
export interface RotationProgramTask {
  readonly location: DatabaseLocation;
  readonly keysFolder: string;
  readonly passphrase: string;
  readonly purpose: string;
  /** The time that it lives at. */
  readonly at: string;
  /** It ends itself with SIGKILL there. */
  readonly kill?: {
    readonly step: string;
    readonly at: "begun" | "key made" | "worked" | "in transaction" | "done" | "undoing" | "key destroyed";
  };
  /** Where each step leaves what it does outside the database: a file of its plan's and its own name. */
  readonly effectsFolder: string;
  /** Signs until it is refused, instead of running plans. */
  readonly isSigning?: boolean;
}

/** A rotation each step of which calls a hook, so that a process can end inside the step's transaction. */
export const killablePlan = withKills("token-key", "killable");

/** What is done with a lost key, with the same hook in each step. */
export const killableCompromise = withKills("compromise", "killable-compromise");

/** A rotation with every kind of step that has an effect outside the database, and no long wait. */
export const killableOwner: PlanDefinition = withShortWaits(withKills("seal-owner", "killable-owner"));

/** Beyond the lease of a process that died, and beyond each wait of the plan. */
export const waitMilliseconds = 61_000;

const task = process.argv[2];
if (task !== undefined) await run(JSON.parse(task) as RotationProgramTask);

async function run(given: RotationProgramTask): Promise<void> {
  const { keysFolder, passphrase, kill } = given;
  const store = await openEncryptedFileKeyStore({
    folder: keysFolder,
    passphrase: Buffer.from(passphrase),
    randomBytes,
  });
  const keys = dyingKeys(ringKeysOf(store), kill);
  const db = await openDatabase<unknown>(given.location);
  const clock = fixedClock(given.at);
  const trail = createAuditTrail(db, defineAuditCatalogue({}), {
    recordKeyUse: (tx, use, at) => rings.in(tx).recordUse(use, at),
  });
  const rings: KeyRings = createKeyRings({ db, keys, trail: trail.kit, clock, randomBytes, service: "test" });
  if (given.isSigning === true) {
    await signUntilRefused({ db, rings, trail }, given.purpose);
  } else {
    await advance();
  }
  await db.destroy();

  async function advance(): Promise<void> {
    const rotations = createRotations({
      ...{ db, rings, keys, clock, randomBytes, trail: trail.kit },
      definitions: [killablePlan, killableCompromise, killableOwner],
      log: createLog({ service: "test", level: "warn" }),
      hooks: {
        "test.kill": {
          run: ({ plan, step }) =>
            Promise.resolve(leaveEffect(given.effectsFolder, `${plan.id} ${step.name}`)),
          finish: (_tx, { step }) => {
            if (kill?.at === "in transaction" && kill.step === step.name) die();
            return Promise.resolve();
          },
          undo: ({ step }) => {
            if (kill?.at === "undoing" && kill.step === step.name) die();
            return Promise.resolve();
          },
        },
      },
      onPoint: ({ step, at }) => {
        if (kill?.step === step && kill.at === at) die();
      },
    });
    // Once more behind the wait that a step may have begun.
    for (let turn = 0; turn < 2; turn += 1) {
      await rotations.advance();
      clock.advance(waitMilliseconds);
    }
  }
}

function withKills(standard: string, name: string): PlanDefinition {
  const definition = standardPlans.find((plan) => plan.name === standard);
  if (definition === undefined) throw new Error(`there is no plan ${standard}`);
  return { ...definition, name, steps: definition.steps.map((step) => ({ ...step, call: "test.kill" })) };
}

function withShortWaits(definition: PlanDefinition): PlanDefinition {
  const steps = definition.steps.map((step) =>
    typeof step.after?.seconds === "number" ? { ...step, after: { ...step.after, seconds: 60 } } : step,
  );
  return { ...definition, steps };
}

/** As whoever is asked from outside does: asked again for the same plan and step, it does nothing more. */
function leaveEffect(folder: string, name: string): { readonly effect: string } {
  try {
    writeFileSync(join(folder, name), "", { flag: "wx" });
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  }
  return { effect: name };
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Keys of a process that ends when a key has been made, or destroyed, and the database does not know of it yet. */
function dyingKeys(keys: RingKeys, kill: RotationProgramTask["kill"]): RingKeys {
  const destroy = keys.destroy?.bind(keys);
  return {
    open: (uri) => keys.open(uri),
    describe: () => keys.describe(),
    device: () => keys.device(),
    ...(destroy !== undefined && {
      destroy: async (uri: string) => {
        await destroy(uri);
        if (kill?.at === "key destroyed") die();
      },
    }),
    create: async (label, algorithm) => {
      const made = await keys.create(label, algorithm);
      if (kill?.at === "key made") die();
      return made;
    },
  };
}

interface Signing {
  readonly db: Kysely<unknown>;
  readonly rings: KeyRings;
  readonly trail: Pick<AuditTrail<AuditCatalogue>, "kit">;
}

/** Signs as a service does, and counts only what was stored; a line when it has begun, a line when it is refused. */
async function signUntilRefused({ db, rings, trail }: Signing, purpose: string): Promise<void> {
  for (let accepted = 0; ; accepted += 1) {
    try {
      const { use, signer } = await rings.open(purpose);
      await signer.sign({ message: Buffer.from(String(accepted)) });
      await transact(db, (tx) =>
        trail.kit.in(tx).append({
          ...{
            actor: `process:${String(process.pid)}`,
            subject: "document",
            occurredAt: new Date(),
            key: use,
          },
          action: "key.used",
          detail: { for: "test" },
        }),
      );
    } catch (cause) {
      const code = isRefusal(cause) ? cause.code : "fault";
      process.stdout.write(`${JSON.stringify({ refused: code, accepted, at: Date.now() })}\n`);
      return;
    }
    if (accepted === 5) process.stdout.write("signing\n");
  }
}
