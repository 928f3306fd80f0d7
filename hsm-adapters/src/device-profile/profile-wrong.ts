import { KeyStoreError } from "../key-store/index.ts";
import type { DeviceProfile } from "./device-profile.ts";

/** The device does something that the profile does not say. `problem` is a sentence that says what was seen. */
export function profileWrong(
  profile: Pick<DeviceProfile, "name">,
  field: keyof DeviceProfile,
  problem: string,
): KeyStoreError {
  return new KeyStoreError(
    "profile-wrong",
    `the profile ${profile.name} does not fit this device in ${field}: ${problem}`,
    { facts: { profileField: field } },
  );
}
