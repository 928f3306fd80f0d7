import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, describe, it } from "vitest";

import { filesOf, openListed } from "./folder-files.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-folder-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a folder that is backed up while somebody works in it", () => {
  it("gives the checkpoint first, leaves out what is being written, and the full tile for a partial one that is gone", async () => {
    mkdirSync(join(folder, "tile/0/000.p"), { recursive: true });
    mkdirSync(join(folder, ".tmp"));
    for (const name of ["tile/0/000.p/17", ".tmp/half", "checkpoint", "entries"])
      writeFileSync(join(folder, name), name);
    const files = await filesOf(`${folder}/`);
    expect(files.map(({ inside }) => inside)).toEqual(["checkpoint", "entries", "tile/0/000.p/17"]);
    rmSync(join(folder, "tile/0/000.p"), { recursive: true });
    writeFileSync(join(folder, "tile/0/000"), "full");
    const tile = files.at(-1) ?? { path: "", inside: "" };
    const { handle, inside } = await openListed(tile);
    expect([inside, await handle.readFile("utf8")]).toEqual(["tile/0/000", "full"]);
    await handle.close();
    await expect(openListed({ path: join(folder, "gone"), inside: "gone" })).rejects.toThrow("ENOENT");
  });

  it("is refused with a link in it, which would be lost unseen", async () => {
    symlinkSync("/etc/hostname", join(folder, "link"));
    await expect(filesOf(folder)).rejects.toMatchObject({ code: "source-missing" });
  });
});
