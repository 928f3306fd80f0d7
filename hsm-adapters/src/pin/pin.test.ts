import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { bundlePrograms } from "../../../scripts/bundle-programs.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { noPin, pinFile, pinPad, refuseDefaultPin } from "./index.ts";

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-pin-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(content: string | Uint8Array, mode = 0o400): Promise<string> {
  const path = join(await mkdtemp(join(folder, "file-")), "pin");
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

describe("a PIN file", () => {
  it.each([
    ["648219", "648219"],
    ["648219\n", "648219"],
    ["648219\r\n", "648219"],
    ["648219\n\n", "648219\n"],
    [" 口令 ", " 口令 "],
    ["x".repeat(256), "x".repeat(256)],
  ])("with %j is the PIN %j", async (content, pin) => {
    expect(textOf(await pinFile(await fileWith(content)).read())).toBe(pin);
  });

  it("is read again at each login, so that it may change", async () => {
    const path = await fileWith("first");
    const source = pinFile(path);
    expect(textOf(await source.read())).toBe("first");
    await rm(path);
    await writeFile(path, "second", { mode: 0o400 });
    expect(textOf(await source.read())).toBe("second");
  });

  it.each([0o600, 0o440, 0o404, 0o500, 0o644, 0o000])("is refused with mode %o", async (mode) => {
    const reading = pinFile(await fileWith("648219", mode)).read();
    await expect(reading).rejects.toMatchObject({ code: "pin-file-permissions" });
  });

  it("is refused with the command that puts its mode right", async () => {
    const path = await fileWith("648219", 0o644);
    const command = `chmod 0400 ${path}`;
    await expect(pinFile(path).read()).rejects.toMatchObject({
      nextStep: { en: `Run ${command}, then the same command again.` },
    });
    const spaced = join(folder, "it's mine");
    await writeFile(spaced, "648219", { mode: 0o644 });
    await expect(pinFile(spaced).read()).rejects.toMatchObject({
      nextStep: { zh: expect.stringContaining(`chmod 0400 '${folder}/it'\\''s mine'`) as string },
    });
  });

  it("is refused as a symbolic link, a folder and a pipe", async () => {
    const link = join(folder, "link");
    await symlink(await fileWith("648219"), link);
    const inside = join(folder, "inside");
    await mkdir(inside, { mode: 0o400 });
    const pipe = join(folder, "pipe");
    await promisify(execFile)("mkfifo", ["-m", "400", pipe]);
    for (const path of [link, inside, pipe]) {
      await expect(pinFile(path).read(), path).rejects.toMatchObject({ code: "pin-file-permissions" });
    }
  });

  it.each([
    ["there is none", undefined, "pin-required"],
    ["it is empty", "", "pin-required"],
    ["it has only a newline", "\n", "pin-required"],
    ["it has 257 octets", "x".repeat(257), "configuration-malformed"],
    ["it is large", "x".repeat(100_000), "configuration-malformed"],
  ])("gives no PIN if %s", async (_, content, code) => {
    const path = content === undefined ? join(folder, "missing") : await fileWith(content);
    await expect(pinFile(path).read()).rejects.toMatchObject({ code });
  });

  it("does not appear in an error", async () => {
    const reason: unknown = await pinFile(await fileWith("x".repeat(300)))
      .read()
      .catch((cause: unknown) => cause);
    expect(String((reason as Error).stack)).not.toContain("xxx");
  });
});

describe("other sources of a PIN", () => {
  it("are a device's own pad, which gives nothing to send, and nobody", async () => {
    expect(await pinPad.read()).toBeUndefined();
    await expect(noPin.read()).rejects.toMatchObject({ code: "pin-required" });
  });
});

describe("a default PIN", () => {
  it.each([
    "12345678",
    "88888888",
    "123456",
    "111111",
    "1234567890",
    "0123456789",
    "87654321",
    "0000",
    "password",
    "",
  ])("such as %j is refused, and not named", (pin) => {
    const refuse = () => {
      refuseDefaultPin(new TextEncoder().encode(pin));
    };
    expect(refuse).toThrow(expect.objectContaining({ code: "pin-default" }));
    if (pin !== "") expect(refuse).not.toThrow(pin);
  });

  it.each(["648219", "482913", "12345679", "8888888a", "12345 6", "口令口令"])("is not %j", (pin) => {
    refuseDefaultPin(new TextEncoder().encode(pin));
  });
});

describe("a PIN prompt", () => {
  let program: string;
  beforeAll(async () => {
    const source = { "pin-prompt": "hsm-adapters/testing/pin-prompt-program.ts" };
    program = (await bundlePrograms(source))["pin-prompt"];
  });

  /** Runs the program at a terminal of its own, types when it asks, and gives the screen and how the terminal was left. */
  async function atTerminal(whenAsked: string): Promise<string> {
    const script = `
      set timeout 20
      spawn sh -c {"$0" "$1"; stty -a | grep -o -- "-*echo\\>"} ${process.execPath} ${program}
      expect -re {process ([0-9]+):}
      ${whenAsked}
      expect eof`;
    const { stdout } = await promisify(execFile)("expect", ["-c", script]);
    return stdout.slice(stdout.indexOf("PIN for process"));
  }
  const digestOf = (pin: string) => createHash("sha256").update(pin).digest("hex");

  toolTest(["expect"], "takes a line with its corrections and shows nothing of it", async () => {
    const screen = await atTerminal(`send "wrong\\025648xé\\177\\177219\\r"`);
    expect(screen).toContain(`digest ${digestOf("648219")}`);
    expect(screen.split("\n")[0]?.trim()).toMatch(/^PIN for process \d+:$/);
    expect(screen.trimEnd().split(/\s+/).at(-1)).toBe("echo");
  });

  toolTest(
    ["expect"],
    "refuses at Ctrl-C and Ctrl-D, and for an empty line, and restores the terminal",
    async () => {
      for (const key of ["\\003", "64\\004", "\\r"]) {
        const screen = await atTerminal(`send "${key}"`);
        expect(screen).toContain("refused pin-required");
        expect(screen.trimEnd().split(/\s+/).at(-1), key).toBe("echo");
      }
    },
  );

  toolTest(["expect"], "restores the terminal when a signal ends the program", async () => {
    for (const signal of ["TERM", "HUP"]) {
      const screen = await atTerminal(`exec kill -${signal} $expect_out(1,string)`);
      expect(screen.trimEnd().split(/\s+/).at(-1), signal).toBe("echo");
      expect(screen).not.toContain("digest");
    }
  });

  it("refuses without a terminal", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    expect(stdout).toBe("refused pin-required\n");
  });
});
