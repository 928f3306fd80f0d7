import { printable } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { HardwareKey } from "./backup-format.ts";

/** Names the keys that no backup holds, and what stands by for each. */
export function sayHardwareKeys(
  keys: readonly HardwareKey[],
  { language, say }: Pick<Terminal, "language" | "say">,
): void {
  for (const { service, purpose, version, uri, standby } of keys) {
    const place = `${service} ${purpose}`;
    const text =
      language === "zh"
        ? `留在设备中，不在备份里：${place} 第 ${String(version)} 版，${uri}；${
            standby === undefined ? "没有备用密钥" : `备用：第 ${String(standby.version)} 版，${standby.uri}`
          }`
        : `stays in its device, not in the backup: ${place} version ${String(version)}, ${uri}; ${
            standby === undefined
              ? "there is no stand-by"
              : `stand-by: version ${String(standby.version)}, ${standby.uri}`
          }`;
    say(printable(text));
  }
}
