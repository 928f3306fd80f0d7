import { KeyStoreError } from "../key-store/index.ts";

/** Where a PIN comes from: asked anew at each login, so that nobody keeps it in between. */
export interface PinSource {
  /**
   * The PIN, which the caller overwrites as soon as it is used; undefined if it is typed on the device's own pad.
   *
   * @throws KeyStoreError `pin-required` if there is none, `pin-file-permissions` if others could read it.
   */
  read(): Promise<Uint8Array | undefined>;
}

/** The device has a pad of its own. */
export const pinPad: PinSource = { read: () => Promise.resolve(undefined) };

/** Nobody gave a PIN: for looking at public parts. */
export const noPin: PinSource = {
  read: () =>
    Promise.reject(new KeyStoreError("pin-required", "no PIN was given for this device: give --pin-file")),
};
