import { KeyStoreError } from "../key-store/index.ts";
import type { DeviceProfile } from "./device-profile.ts";
import { errorKey } from "./read-device-profile.ts";

/** What a number other than 0 that a function answered means, by the profile; `vendor-error` if it is not in there. */
export function errorOfNumber(profile: DeviceProfile, call: string, number: number): KeyStoreError {
  const answered = number >>> 0;
  const known = profile.errorMap.get(errorKey(answered, call)) ?? profile.errorMap.get(errorKey(answered));
  const name = known?.name ?? errorKey(answered);
  const words =
    known === undefined ? `the number ${name}, which profile ${profile.name} does not have` : name;
  return new KeyStoreError(known?.code ?? "vendor-error", `${call} answered ${words}`, {
    facts: { vendor: { family: profile.family, number: answered, name, call } },
  });
}
