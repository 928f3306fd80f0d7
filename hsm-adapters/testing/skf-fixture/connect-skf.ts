import { connectInProcess } from "../../src/driver/index.ts";
import type { DeviceConnection } from "../../src/driver/index.ts";
import { driver } from "../../src/skf/index.ts";
import type { SkfPlace } from "./index.ts";

/** The device of a place, in this process; `config` beside the library and its profile, or instead of them. */
export function connectSkf(place: SkfPlace, config: object = {}): Promise<DeviceConnection> {
  return connectInProcess(driver, { library: place.library, profile: place.profile, ...config });
}

export async function connectLoggedIn(place: SkfPlace, config: object = {}): Promise<DeviceConnection> {
  const connection = await connectSkf(place, config);
  await connection.login(place.pin());
  return connection;
}
