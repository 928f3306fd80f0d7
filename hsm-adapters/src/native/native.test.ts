import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { koffiTools } from "../../testing/koffi.ts";
import { loadKoffi, openLibrary } from "./index.ts";

const libc = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";

describe("a native library", () => {
  toolTest(
    koffiTools,
    "says in the loader's words why it cannot be loaded, and which file it was",
    async () => {
      await expect(openLibrary("/nowhere/libvendor.so")).rejects.toMatchObject({
        code: "library-not-loadable",
        message: expect.stringContaining("/nowhere/libvendor.so") as string,
        facts: {
          library: "/nowhere/libvendor.so",
          loaderSaid: expect.stringMatching(/no such file/i) as string,
        },
      });
    },
  );

  toolTest(koffiTools, "tells which functions it has, and refuses to declare others", async () => {
    const library = await openLibrary(libc);
    expect([library.has("getpid"), library.has("SDF_OpenDevice")]).toEqual([true, false]);
    expect(() => library.declare("SDF_OpenDevice", "i32", ["bytes"])).toThrow(
      expect.objectContaining({ code: "library-not-loadable" }) as Error,
    );
  });

  toolTest(
    koffiTools,
    "is called at once and on another thread, and writes into memory of ours",
    async () => {
      const library = await openLibrary(libc);
      expect(library.declare("getpid", "i32", [])()).toBe(process.pid);
      const swab = library.declare("swab", "i32", ["bytes", "bytes", "u64"]);
      const [from, to] = [Uint8Array.of(1, 2, 3, 4), new Uint8Array(4)];
      await swab.later(from, to, 4n);
      expect(to).toEqual(Uint8Array.of(2, 1, 4, 3));
    },
  );

  toolTest(koffiTools, "says where bytes of ours lie, also few of them", async () => {
    const library = await openLibrary(libc);
    const text = Uint8Array.of(0x61, 0x62, 0x63, 0);
    expect(library.declare("strlen", "u64", ["handle"])(library.addressOf(text))).toBe(3);
  });
});

describe("koffi", () => {
  it("is missing in words when it is not installed: native-module-missing", async () => {
    const absent = (): Promise<never> => Promise.reject(new Error("Cannot find package 'koffi'"));
    await expect(loadKoffi(absent)).rejects.toMatchObject({
      code: "native-module-missing",
      facts: { loaderSaid: "Cannot find package 'koffi'" },
    });
  });
});
