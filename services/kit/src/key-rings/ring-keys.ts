import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

/** One key as its store describes it now. */
export interface RingKeyFacts {
  readonly uri: string;
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Absent where the device does not say. */
  readonly extractable?: boolean;
  /** Made inside the device. */
  readonly local?: boolean;
  /** Vendor, model, serial number, in words. */
  readonly device: string;
  /** In a device of this service alone, and made by somebody else: it is told, and never taken up or destroyed. */
  readonly isForeign?: true;
}

/**
 * Where the private keys of rings are: the port that a service's `main.ts` fills from its key store. All methods may be called
 * concurrently.
 */
export interface RingKeys {
  /** The key of that URI, for signing; it verifies what it signs. @throws what the store says. */
  open(uri: string): Promise<Signer>;
  /**
   * Makes a key of that label, durable once this resolves. One that is there already is taken up, so that a step which a crash cut
   * short finds its key again, and several processes that start together get one. What the device says of it comes along, so that
   * nobody lists a store of thousands of keys to learn about one.
   *
   * @throws what the store says; an error if the key that is there is for another algorithm.
   */
  create(
    label: string,
    algorithm: SignatureAlgorithmName,
  ): Promise<{ readonly uri: string; readonly signer: Signer; readonly facts: RingKeyFacts }>;
  /** Every key of the store, read from the device now. @throws what the store says. */
  describe(): Promise<readonly RingKeyFacts[]>;
  /** Destroys a key for good. Absent where the vendor's own tool does it. A key that is gone already is no error. */
  readonly destroy?: ((uri: string) => Promise<void>) | undefined;
  /** What the store is, and whether it can sign now. Never rejects. */
  device(): Promise<RingDevice>;
}

/** The store of a service's keys as it is now. */
export interface RingDevice {
  readonly name: string;
  readonly state: string;
  /** Of the PIN; there only where few are left. */
  readonly remainingTries?: number;
}
