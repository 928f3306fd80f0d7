import { pooledRandom } from "../src/sm2/index.ts";
import { wasmEngine } from "../src/sm2/engine/index.ts";
import type { EcCurve, EcEngine } from "../src/sm2/engine/index.ts";
import { nodeEngine } from "../src/sm2/node/index.ts";
import { compared, mustHold, randomOf, rateOf, ratesOf } from "./measure.ts";
import type { Measurement, Target, Task } from "./measure.ts";
import { nativeBaselines, nativeP256Tasks } from "./native-p256.ts";

/** Another SM2 to stand beside ours; digests of 32 bytes are what it signs. */
export interface Peer {
  readonly name: string;
  /** Verifying with what the peer keeps of a key, where it can. */
  readonly operations: readonly { readonly operation: string; readonly run: () => void }[];
}

/** Rates that a program measured itself. */
export interface ForeignRates {
  readonly name: string;
  readonly sign: number;
  readonly verify: number;
}

const operations = ["sign", "sign, 64 at once", "verify, new key", "verify, key with table"] as const;
type Operation = (typeof operations)[number];

const ratio = (atLeast: number): Target => ({ of: "ratio", atLeast });

/** The least that the builds for this machine must reach; the portable builds and the fallback are there to run at all. */
const targets: Readonly<Record<string, Partial<Record<Operation, Target>>>> = {
  "wasm/simd": {
    sign: ratio(0.6),
    "verify, new key": ratio(0.3),
    "verify, key with table": ratio(0.9),
  },
  "native/adx": {
    sign: ratio(1.5),
    "verify, new key": ratio(1),
    "verify, key with table": ratio(3),
  },
};

/** SM2 and P-256 over digests, on every engine, beside node:crypto's P-256 and other libraries' SM2. */
export function benchSm2(
  natives: readonly EcEngine[],
  peers: readonly Peer[],
  foreign: readonly ForeignRates[],
): Measurement[] {
  const engines = [...natives, wasmEngine("simd"), wasmEngine("portable")];
  const curves: readonly EcCurve[] = ["sm2", "p256"];
  const subjects = engines.flatMap((engine) => curves.map((curve) => engineTasks(engine, curve)));
  const rates = ratesOf([
    ...nativeP256Tasks(),
    ...subjects.flatMap(({ tasks }) => tasks),
    ...nodeTasks(),
    ...peers.flatMap(peerTasks),
  ]);
  const baselines = nativeBaselines(rates);
  const measured = (subject: string, operation: string, value: number, target?: Target): Measurement =>
    compared(
      { subject, operation, unit: "1/s" },
      value,
      operation.startsWith("sign") ? baselines.sign : baselines.verify,
      target,
    );
  return [
    measured("P-256, node:crypto", "sign", baselines.sign.value),
    measured("P-256, node:crypto", "verify", baselines.verify.value),
    ...subjects.flatMap(({ subject, build, curve }) =>
      operations.map((operation) =>
        measured(
          subject,
          operation,
          rateOf(rates, `${subject} ${operation}`),
          curve === "sm2" ? targets[build]?.[operation] : undefined,
        ),
      ),
    ),
    ...["sign", "verify"].map((operation) =>
      measured(nodeSubject, operation, rateOf(rates, `${nodeSubject} ${operation}`)),
    ),
    ...foreign.flatMap(({ name, sign, verify }) => [
      measured(name, "sign", sign),
      measured(name, "verify", verify),
    ]),
    ...peers.flatMap((peer) =>
      peer.operations.map(({ operation }) =>
        measured(peer.name, operation, rateOf(rates, `${peer.name} ${operation}`)),
      ),
    ),
  ];
}

interface EngineSubject {
  readonly subject: string;
  readonly build: string;
  readonly curve: EcCurve;
  readonly tasks: readonly Task[];
}

function engineTasks(engine: EcEngine, curve: EcCurve): EngineSubject {
  const build = `${engine.name}/${engine.variant}`;
  const subject = `${curve === "sm2" ? "SM2" : "P-256"}, ${engine.name} (${engine.variant})`;
  const d = new Uint8Array(32).fill(7);
  const xy = engine.publicPoint(curve, d);
  const key = engine.importPrivateKey(curve, d);
  const withTable = engine.importPublicKey(curve, xy, { table: true });
  const e = randomOf(32);
  const digests = Array.from({ length: 64 }, () => randomOf(32));
  const signature = key.sign(e, pooledRandom);
  mustHold(withTable.verify(e, signature), `${subject} verifies what it signed`);
  const runs: Record<Operation, Omit<Task, "name">> = {
    sign: { run: () => void key.sign(e, pooledRandom) },
    "sign, 64 at once": { run: () => void key.signBatch(digests, pooledRandom), operations: digests.length },
    "verify, new key": {
      run: () => void engine.importPublicKey(curve, xy, { table: false }).verify(e, signature),
    },
    "verify, key with table": { run: () => void withTable.verify(e, signature) },
  };
  const tasks = operations.map((operation) => ({ ...runs[operation], name: `${subject} ${operation}` }));
  return { subject, build, curve, tasks };
}

const nodeSubject = "SM2, node (createSign + Z)";

/** The fallback over messages, which is what node:crypto can do; see its folder for the rest. */
function nodeTasks(): Task[] {
  const { sm2Messages } = nodeEngine;
  if (sm2Messages === undefined) throw new Error("the fallback signs messages");
  const d = new Uint8Array(32).fill(7);
  const xy = nodeEngine.publicPoint("sm2", d);
  const parts = [randomOf(32), randomOf(32)];
  const signature = sm2Messages.sign(d, xy, parts);
  mustHold(sm2Messages.verify(xy, parts, signature), "node:crypto verifies what it signed");
  return [
    { name: `${nodeSubject} sign`, run: () => void sm2Messages.sign(d, xy, parts) },
    { name: `${nodeSubject} verify`, run: () => void sm2Messages.verify(xy, parts, signature) },
  ];
}

function peerTasks({ name, operations: list }: Peer): Task[] {
  return list.map(({ operation, run }) => ({ name: `${name} ${operation}`, run }));
}
