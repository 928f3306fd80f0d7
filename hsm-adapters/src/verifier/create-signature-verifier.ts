import { Worker } from "node:worker_threads";

import { isSignatureRight } from "./signature-verifier.ts";
import type { SignatureVerifier, VerificationRequest } from "./signature-verifier.ts";
import { encodeVerificationBatch } from "./verification-batch.ts";
import type { VerifierData } from "./verification-batch.ts";

export interface SignatureVerifierOptions {
  /**
   * The thread's JavaScript: {@link verifierProgram}, or a bundle of `verifier/main.ts`. From sources, in a checkout, everything is verified
   * in this thread: the loader that reads them does not reach into others.
   */
  readonly program: string;
  /** One thread verifies about as fast as one device signs. 1 if absent. */
  readonly workers?: number;
  /** The addon of the native engine, if it was built: it verifies ECDSA on P-256 and SM2 about twice as fast. */
  readonly nativeEngine?: string;
  /** Told once for each thread that ended by itself; what it had to verify is verified here. */
  readonly onWorkerLost?: (cause: Error) => void;
}

/** So many signatures go over together; with more, the first would wait for the last. */
const batchRequests = 64;

/**
 * One that a thread works on and one that lies ready. What comes meanwhile goes over together afterwards: waking a thread costs as much
 * as verifying a signature.
 */
const batchesAhead = 2;

interface Question {
  readonly request: VerificationRequest;
  readonly answer: (isRight: boolean) => void;
}

/** Verifies in threads of their own, all requests of one tick together. A lost thread costs speed and nothing else. */
export function createSignatureVerifier({
  program,
  workers = 1,
  nativeEngine,
  onWorkerLost,
}: SignatureVerifierOptions): SignatureVerifier {
  const threads = new Set<VerifierThread>();
  for (let left = program.endsWith(".ts") ? 0 : workers; left > 0; left -= 1) {
    const thread = new VerifierThread(
      program,
      { nativeEngine },
      {
        onAnswer: () => {
          handOver();
        },
        onEnd: (cause) => {
          threads.delete(thread);
          handOver();
          if (cause !== undefined) onWorkerLost?.(cause);
        },
      },
    );
    threads.add(thread);
  }
  const waiting: Question[] = [];
  const handOver = (): void => {
    while (waiting.length > 0) {
      const thread = leastBusy(threads);
      if (thread !== undefined && thread.batches >= batchesAhead) return;
      const batch = waiting.splice(0, batchRequests);
      if (thread === undefined) answerHere(batch);
      else thread.ask(batch);
    }
  };
  return {
    verify: (request) =>
      new Promise((answer) => {
        // After all promises that are settled now, so that what they lead to goes along.
        if (waiting.length === 0) process.nextTick(handOver);
        waiting.push({ request, answer });
      }),
    close: async () => {
      await Promise.all([...threads].map((thread) => thread.close()));
    },
  };
}

function leastBusy(threads: Iterable<VerifierThread>): VerifierThread | undefined {
  let least: VerifierThread | undefined;
  for (const thread of threads) if (least === undefined || thread.load < least.load) least = thread;
  return least;
}

function answerHere(questions: readonly Question[]): void {
  for (const { request, answer } of questions) answer(isSignatureRight(request));
}

interface VerifierThreadListener {
  /** It has room for another batch. */
  readonly onAnswer: () => void;
  /** Called once, with the reason if it was not closed. */
  readonly onEnd: (cause: Error | undefined) => void;
}

class VerifierThread {
  readonly #worker: Worker;
  /** In the order in which the thread answers. */
  readonly #batches: (readonly Question[])[] = [];
  #load = 0;
  #isClosed = false;

  readonly #onAnswer: () => void;

  constructor(program: string, data: VerifierData, { onAnswer, onEnd }: VerifierThreadListener) {
    this.#onAnswer = onAnswer;
    this.#worker = new Worker(program, { workerData: data, env: {}, name: "signature-verifier" });
    let cause: Error | undefined;
    this.#worker.on("message", (verdicts: Uint8Array) => {
      this.#settle(verdicts);
    });
    this.#worker.on("error", (reason: Error) => (cause = reason));
    this.#worker.on("exit", (code) => {
      onEnd(this.#isClosed ? undefined : (cause ?? new Error(`the verifier ended with ${String(code)}`)));
      this.#load = 0;
      for (const questions of this.#batches.splice(0)) answerHere(questions);
    });
    this.#worker.unref();
  }

  /** How many signatures wait for it. */
  get load(): number {
    return this.#load;
  }

  /** How many batches wait for it. */
  get batches(): number {
    return this.#batches.length;
  }

  ask(questions: readonly Question[]): void {
    // Only a thread that somebody waits for keeps the process from ending.
    if (this.#load === 0) this.#worker.ref();
    this.#load += questions.length;
    this.#batches.push(questions);
    const batch = encodeVerificationBatch(questions.map(({ request }) => request));
    this.#worker.postMessage(batch, [batch]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
  }

  #settle(verdicts: Uint8Array): void {
    const questions = this.#batches.shift() ?? [];
    this.#load -= questions.length;
    if (this.#load === 0) this.#worker.unref();
    for (const [place, { answer }] of questions.entries()) answer(verdicts[place] === 1);
    this.#onAnswer();
  }
}
