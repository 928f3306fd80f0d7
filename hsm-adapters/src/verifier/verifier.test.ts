import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { digest } from "@yinxin/crypto/digest";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { testPrograms } from "../../testing/programs.ts";
import { createSignatureVerifier, verifyInProcess } from "./index.ts";
import type { SignatureVerifier, VerificationRequest } from "./index.ts";

const message = new TextEncoder().encode("印信");

/** A right signature for each row and each kind of input that a key of it takes. */
async function signedRequests(algorithm: SignatureAlgorithmName): Promise<VerificationRequest[]> {
  const signer = createSoftwareSigner(generateKey(algorithm).pkcs8, algorithm);
  const inputs = signer.inputs.map((kind) =>
    kind === "message" ? { message } : { digest: digest(algorithm === "SM2" ? "SM3" : "SHA-256", message) },
  );
  return Promise.all(
    inputs
      .filter((input) => "message" in input || /256|SM2/.test(algorithm))
      .map(async (input) => ({
        algorithm,
        publicKey: signer.publicKey,
        input,
        signature: await signer.sign(input),
      })),
  );
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((octet, place) => (place === bytes.length - 1 ? octet ^ 1 : octet));
}

/** Each part changed, and a key of another row. */
function wrongOnes(request: VerificationRequest, others: readonly VerificationRequest[]) {
  const { input, signature } = request;
  return [
    { ...request, signature: flipped(signature) },
    { ...request, signature: new Uint8Array() },
    { ...request, publicKey: new Uint8Array([0x30, 0x00]) },
    {
      ...request,
      input: "digest" in input ? { digest: flipped(input.digest) } : { message: flipped(input.message) },
    },
    ...others
      .filter(({ algorithm }) => algorithm !== request.algorithm)
      .map(({ publicKey }) => ({ ...request, publicKey })),
  ];
}

let requests: VerificationRequest[] = [];
const rows = signatureAlgorithmNames.filter((name) => !/[RP]S(384|512)/.test(name));

beforeAll(async () => {
  requests = (await Promise.all(rows.map(signedRequests))).flat();
});

describe.each<[string, () => SignatureVerifier]>([
  ["the verifier in this thread", () => verifyInProcess],
  [
    "a verifier with two threads",
    () => createSignatureVerifier({ program: testPrograms().verifierProgram, workers: 2 }),
  ],
])("%s", (_, create) => {
  it("finds a right signature of every row right, whatever else is verified at once", async () => {
    const verifier = create();
    onTestFinished(() => verifier.close());
    const many = [...requests, ...requests, ...requests];
    expect(await Promise.all(many.map((request) => verifier.verify(request)))).toEqual(many.map(() => true));
  });

  it("finds it wrong after any change, and for the key of another row", async () => {
    const verifier = create();
    onTestFinished(() => verifier.close());
    const wrong = requests.flatMap((request) => wrongOnes(request, requests));
    expect(wrong.length).toBeGreaterThan(50);
    const verdicts = await Promise.all(wrong.map((request) => verifier.verify(request)));
    expect(verdicts.filter((isRight) => isRight)).toEqual([]);
  });
});

describe("a verifier in threads", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "yinxin-verifier-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("verifies in this thread what a thread that ended had to verify, and all that comes later, and tells the loss once", async () => {
    const program = join(folder, "dies.mjs");
    await writeFile(
      program,
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new Error("lost"); });',
    );
    const losses: string[] = [];
    const verifier = createSignatureVerifier({
      program,
      onWorkerLost: ({ message: text }) => losses.push(text),
    });
    onTestFinished(() => verifier.close());
    const [right] = requests as [VerificationRequest];
    const wrong = { ...right, signature: flipped(right.signature) };
    for (const round of [1, 2]) {
      const verdicts = await Promise.all([right, wrong, right].map((request) => verifier.verify(request)));
      expect(verdicts, `round ${String(round)}`).toEqual([true, false, true]);
    }
    expect(losses).toEqual(["lost"]);
  });

  it("does without a program that is not there", async () => {
    const verifier = createSignatureVerifier({ program: join(folder, "nowhere.mjs") });
    onTestFinished(() => verifier.close());
    const verdicts = await Promise.all(requests.map((request) => verifier.verify(request)));
    expect(verdicts).toEqual(requests.map(() => true));
  });

  it("does without a native engine that cannot be loaded", async () => {
    const nativeEngine = join(folder, "broken.node");
    await writeFile(nativeEngine, "not a library");
    const { verifierProgram: program } = testPrograms();
    const losses: Error[] = [];
    const verifier = createSignatureVerifier({
      program,
      nativeEngine,
      onWorkerLost: (cause) => losses.push(cause),
    });
    onTestFinished(() => verifier.close());
    expect(await Promise.all(requests.map((request) => verifier.verify(request)))).toEqual(
      requests.map(() => true),
    );
    expect(losses).toEqual([]);
  });

  it("verifies in this thread where there are only sources", async () => {
    const losses: Error[] = [];
    const verifier = createSignatureVerifier({
      program: join(import.meta.dirname, "main.ts"),
      onWorkerLost: (cause) => losses.push(cause),
    });
    onTestFinished(() => verifier.close());
    expect(await Promise.all(requests.map((request) => verifier.verify(request)))).toEqual(
      requests.map(() => true),
    );
    expect(losses).toEqual([]);
  });

  it("answers also what is asked while and after it is closed", async () => {
    const verifier = createSignatureVerifier({ program: testPrograms().verifierProgram });
    const early = requests.map((request) => verifier.verify(request));
    await verifier.close();
    const late = requests.map((request) => verifier.verify(request));
    expect(await Promise.all([...early, ...late])).toEqual([...requests, ...requests].map(() => true));
  });
});
