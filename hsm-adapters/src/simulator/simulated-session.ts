import { decryptPlain } from "./simulated-decryption.ts";
import { signEcdsaWithSm2Key, signPlain } from "./simulated-signature.ts";
import type { DecryptRequest, DeviceSession, SignRequest } from "../driver/index.ts";
import type { SimulatedBehaviour } from "./simulated-fault.ts";
import type { SimulatedState } from "./simulated-state.ts";
import { lostSession, pause } from "./simulated-state.ts";

/** A session of a simulated device: one operation at a time, gone with the device, poisoned after some errors. */
export class SimulatedSession implements DeviceSession {
  readonly #state: SimulatedState;
  readonly #epoch: number;
  #isBusy = false;
  #isPoisoned = false;
  #isClosed = false;

  constructor(state: SimulatedState) {
    this.#state = state;
    this.#epoch = state.epoch;
    state.countSessions(1);
  }

  sign(request: SignRequest): Promise<Uint8Array> {
    return this.#alone(async () => {
      const fault = await this.#meet("sign");
      this.#check();
      const key = this.#state.keyFor(request.key);
      this.#state.checkContextPin(key, request.contextPin);
      const latency = this.#state.latencyMilliseconds;
      if (latency > 0) await pause(latency);
      this.#check();
      const { ecdsaForSm2 } = this.#state.config;
      const isEcdsa = fault?.kind === "ecdsa" || ecdsaForSm2 === true;
      const signature =
        isEcdsa && request.algorithm === "SM2"
          ? signEcdsaWithSm2Key(key.pkcs8, request.input)
          : await signPlain(this.#state.signerOf(key, request.algorithm), request.input);
      this.#state.statistics.signatures += 1;
      return spoilt(signature, fault);
    });
  }

  decrypt(request: DecryptRequest): Promise<Uint8Array> {
    return this.#alone(async () => {
      await this.#meet("decrypt");
      this.#check();
      const key = this.#state.keyFor(request.key);
      this.#state.checkContextPin(key, request.contextPin);
      return decryptPlain(key.pkcs8, request);
    });
  }

  async validate(): Promise<void> {
    await this.#meet("validate");
    this.#check();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#epoch === this.#state.epoch) this.#state.countSessions(-1);
    this.#state.count("close-session");
  }

  /** What goes wrong now; an error poisons the session if it is of that sort. */
  #meet(operation: "sign" | "decrypt" | "validate"): Promise<SimulatedBehaviour | undefined> {
    return this.#state.meet(operation, (poisons) => {
      this.#isPoisoned ||= poisons;
    });
  }

  #check(): void {
    this.#state.checkPresence();
    if (this.#isClosed || this.#epoch !== this.#state.epoch)
      throw lostSession(0xb3, "CKR_SESSION_HANDLE_INVALID");
    this.#state.checkLogin();
  }

  async #alone<Value>(operation: () => Promise<Value>): Promise<Value> {
    if (this.#isPoisoned) {
      this.#state.statistics.usesAfterPoisoning += 1;
      throw lostSession(0x90, "CKR_OPERATION_ACTIVE");
    }
    if (this.#isBusy) {
      this.#state.statistics.overlaps += 1;
      throw lostSession(0x90, "CKR_OPERATION_ACTIVE");
    }
    this.#isBusy = true;
    try {
      return await operation();
    } finally {
      this.#isBusy = false;
    }
  }
}

function spoilt(signature: Uint8Array, fault: SimulatedBehaviour | undefined): Uint8Array {
  if (fault?.kind === "empty-signature") return new Uint8Array();
  if (fault?.kind !== "wrong-signature") return signature;
  const wrong = Uint8Array.from(signature);
  wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
  return wrong;
}
