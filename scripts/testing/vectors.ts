import { existsSync } from "node:fs";
import { join } from "node:path";

import { it } from "vitest";

/**
 * A test over published vectors, which are not part of the repository: `npm run conformance` says in `YINXIN_VECTORS` where
 * they are. Such tests stand in `*.conformance.test.ts`.
 * Without them the test is skipped under a name that says so; with `YINXIN_REQUIRE_ALL=1` it fails instead.
 *
 * @param place below that folder; `body` gets its whole path.
 */
export function vectorTest(place: string, name: string, body: (path: string) => Promise<void> | void): void {
  const folder = process.env["YINXIN_VECTORS"];
  const path = folder === undefined ? undefined : join(folder, place);
  if (path !== undefined && existsSync(path)) {
    it(name, () => body(path));
  } else if (process.env["YINXIN_REQUIRE_ALL"] === "1") {
    it(name, () => {
      throw new Error(`needs the published vectors: set YINXIN_VECTORS to a folder that has ${place}`);
    });
  } else {
    it(`[skipped, needs YINXIN_VECTORS/${place}] ${name}`, (context) => {
      context.skip(`needs YINXIN_VECTORS/${place}`);
    });
  }
}
