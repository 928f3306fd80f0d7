import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { compileFixture } from "../../../hsm-adapters/testing/compile-fixture.ts";
import { createSoftHsm, softHsmTools } from "../../../hsm-adapters/testing/softhsm.ts";
import { version } from "../src/version.ts";
import { runYinxin, yinxinCommand } from "./run-yinxin.ts";
import type { Ended } from "./run-yinxin.ts";

const repository = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "yinxin-keys-"));
const disposals: (() => void)[] = [
  () => {
    rmSync(folder, { recursive: true, force: true });
  },
];
afterAll(() => {
  for (const dispose of disposals) dispose();
});

const at = (name: string): string => join(folder, name);
const secretFile = (name: string, secret: string): string => {
  writeFileSync(at(name), secret);
  chmodSync(at(name), 0o400);
  return at(name);
};
const passphrase = secretFile("passphrase", "correct horse battery staple");
const store = ["--store", `file:${at("store")}`, "--pin-file", passphrase];
const keys = (...args: string[]): Ended => runYinxin(["keys", ...args]);

function openssl(...args: string[]): string {
  const run = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`openssl ${args.join(" ")}: ${run.stderr}`);
  return run.stdout;
}

interface KeyJson {
  readonly uri: string;
  readonly label: string;
  readonly algorithm: string;
  readonly fingerprint: string;
}

const listed = (): KeyJson[] => JSON.parse(keys("list", ...store, "--json").stdout) as KeyJson[];

describe("yinxin", () => {
  it("tells its version, which is that of its package", () => {
    const manifest = JSON.parse(
      readFileSync(join(repository, "services/cli/package.json"), "utf8"),
    ) as object;
    expect(manifest).toMatchObject({ version });
    // Through the launcher, as in a checkout.
    const run = spawnSync(process.execPath, [join(repository, "services/cli/bin/yinxin.js"), "--version"], {
      encoding: "utf8",
    });
    expect([run.status, run.stdout]).toEqual([0, `yinxin ${version}\n`]);
  });

  it("lists its commands in the person's language, and the options of one", () => {
    expect(runYinxin(["help"], { LANG: "zh_CN.UTF-8" }).stdout).toContain("识别厂商库");
    const { code, stdout } = runYinxin(["help", "keys", "generate"]);
    expect([code, stdout.split("\n")[0]]).toEqual([
      0,
      "usage: yinxin keys generate --store URI --label LABEL --algorithm NAME [options]",
    ]);
    const group = keys();
    expect([group.code, group.stdout]).toEqual([2, ""]);
    expect(group.stderr).toContain("keys probe");
  });
});

describe("yinxin keys, on a folder of encrypted files", () => {
  toolTest(["openssl"], "takes a key through its life", () => {
    const generate = ["generate", ...store, "--label", "seal.owner", "--algorithm", "SM2"];
    expect(keys(...generate, "--dry-run")).toMatchObject({ code: 0, stdout: "" });
    // The label is still free.
    expect(keys(...generate)).toMatchObject({ code: 0, stdout: "file:seal.owner\n" });
    const taken = keys(...generate, "--json");
    expect(taken.code).toBe(7);
    expect(JSON.parse(taken.stdout)).toMatchObject({ error: { code: "key-exists", retriable: false } });
    expect(taken.stderr).toContain("→ Run the same command with another --label");

    const subject = "C=CN,O=云岭市行政审批局\\, 测试,CN=owner";
    const request = keys("certificate", "file:seal.owner", ...store, "--csr", "--subject", subject);
    expect(request.stdout).toContain("BEGIN CERTIFICATE REQUEST");

    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"];
    openssl("req", "-x509", ...key, "-keyout", "in.key", "-out", "in.pem", "-subj", "/CN=brought");
    openssl(
      "pkcs12",
      "-export",
      "-inkey",
      "in.key",
      "-in",
      "in.pem",
      "-out",
      "in.p12",
      "-passout",
      "pass:let me in",
    );
    const opened = ["import-p12", at("in.p12"), ...store, "--label", "brought", "--passphrase-file"];
    expect(keys(...opened, secretFile("wrong", "let me out")).stderr).toContain("pkcs12-password-wrong");
    const imported = keys(...opened, secretFile("right", "let me in"));
    expect(imported).toMatchObject({ code: 0, stdout: "file:brought\n" });
    expect(keys("certificate", "file:brought", ...store).stdout.trim()).toBe(
      readFileSync(at("in.pem"), "utf8").trim(),
    );
    const shown = keys("show", "file:brought", ...store).stdout;
    expect(shown).toContain("CN=brought");
    expect(shown).toContain("brought in");
    const foreign = keys("certificate", "file:seal.owner", ...store, "--write", at("in.pem"));
    expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining("another public key")]);

    const destroy = ["destroy", "file:brought", ...store];
    expect(keys(...destroy)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("--confirm") as string,
    });
    expect(keys(...destroy, "--dry-run").code).toBe(0);
    expect(keys(...destroy, "--confirm", "brought").code).toBe(0);
    expect(listed()).toEqual([expect.objectContaining({ label: "seal.owner", algorithm: "SM2" })]);
  });

  it("passes the conformance kit, a row a line", () => {
    const fast = ["--openings", "1", "--parallel", "2", "--soak", "0.001", "--algorithm", "ES256"];
    const text = keys("conformance", ...store, ...fast);
    expect([text.code, text.stderr]).toEqual([0, expect.stringContaining("0 failed")]);
    expect(text.stdout).toMatch(/^✔ passed +open-close +opens and closes many times/m);
    expect(text.stdout).toMatch(/^· not applicable driver-killed/m);
  });

  it("leaves no test key behind when the kit is broken off", async () => {
    const own = ["--store", `file:${at("broken-off")}`, "--pin-file", passphrase];
    const { child, ended } = startKeys(["conformance", ...own, "--openings", "1", "--soak", "60"]);
    await once(child.stdout, "data");
    // A terminal and the launcher both pass Ctrl-C on.
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(readdirSync(at("broken-off")).filter((name) => name.includes("conformance"))).toEqual([]);
  });

  it("refuses a PIN in the URI without repeating it, a store in two places, and a wrong passphrase", () => {
    const pin = keys(
      "conformance",
      "--dry-run",
      "--store",
      "pkcs11:token=x;pin-value=648219?module-path=/x.so",
    );
    expect(pin.code).toBe(2);
    expect(`${pin.stdout}${pin.stderr}`).not.toContain("648219");
    writeFileSync(at("store.uri"), `# the ledger's\nfile:${at("store")}\n`);
    expect(keys("list", "--store", "file:/x", "--store-config", at("store.uri")).code).toBe(2);
    expect(keys("list", "--store-config", at("store.uri"), "--pin-file", passphrase).code).toBe(0);
    const wrong = [
      "keys",
      "list",
      "--store",
      `file:${at("store")}`,
      "--pin-file",
      secretFile("bad", "horse"),
    ];
    const refused = runYinxin(wrong, { LANG: "zh_CN.UTF-8" });
    expect([refused.code, refused.stdout]).toEqual([5, ""]);
    expect(refused.stderr).toMatch(/passphrase-wrong.*\n.*→ .*yinxin keys/su);
  });

  toolTest(
    ["openssl"],
    "serves its keys to another host, which signs with those that it may use",
    async () => {
      const uri = keys("generate", ...store, "--label", "served", "--algorithm", "ES256").stdout.trim();
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"];
      for (const name of ["server", "client"]) {
        const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
        openssl("req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.pem`, ...names);
        chmodSync(at(`${name}.key`), 0o400);
      }
      const options = [
        "--certificate",
        at("server.pem"),
        "--key",
        at("server.key"),
        "--client-ca",
        at("client.pem"),
      ];
      const serve = [
        "serve",
        ...store,
        "--listen",
        "127.0.0.1:0",
        ...options,
        "--allow",
        `${at("client.pem")}=${uri}`,
      ];
      const unfit = serve.map((word) => (word === at("server.key") ? at("client.key") : word));
      expect(keys(...unfit, "--dry-run")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("not the one of its certificate") as string,
      });
      const { address, end } = await startServing(serve);
      try {
        const [host = "", port = ""] = address.split(":");
        const files = `certificate=file:${at("client.pem")}&key=file:${at("client.key")}&ca=file:${at("server.pem")}`;
        const remote = keys("list", "--store", `remote:host=${host};port=${port}?${files}`, "--json");
        expect(remote.stderr).toBe("");
        const kit = [
          "conformance",
          "--store",
          `remote:host=${host};port=${port}?${files}`,
          "--openings",
          "1",
        ];
        const judged = keys(...kit, "--parallel", "4", "--soak", "0.001", "--json");
        expect(judged.code).toBe(0);
        expect(JSON.parse(judged.stdout)).toContainEqual(
          expect.objectContaining({ name: "sign:ES256", result: "passed" }) as object,
        );
        const seen = JSON.parse(remote.stdout) as KeyJson[];
        expect(seen.map(({ fingerprint }) => fingerprint)).toEqual(
          listed()
            .filter((each) => each.uri === uri)
            .map(({ fingerprint }) => fingerprint),
        );
      } finally {
        await end();
      }
    },
  );
});

/** The command as a process that goes on. */
function startKeys(args: readonly string[]) {
  const command = yinxinCommand(["keys", ...args]);
  const child = spawn(command.program, command.args, {
    env: command.environment,
    stdio: ["pipe", "pipe", "ignore"],
  });
  disposals.push(() => child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, ended };
}

async function startServing(args: readonly string[]): Promise<{ address: string; end: () => Promise<void> }> {
  const { child, ended } = startKeys(args);
  const first = once(child.stdout, "data") as Promise<[Buffer]>;
  const [chunk] = await Promise.race([
    first,
    ended.then(() => {
      throw new Error("it ended at once");
    }),
  ]);
  return {
    address: chunk.toString("utf8").trim(),
    end: async () => {
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    },
  };
}

describe("yinxin keys, on devices", () => {
  it("says of a text file that it is no library, and ends 1", () => {
    writeFileSync(at("vendor.so"), "INPUT(libvendor.so.1)");
    const { code, stdout } = keys("probe", at("vendor.so"));
    expect([code, stdout]).toEqual([1, expect.stringContaining("library-not-loadable: it is not a library")]);
  });

  toolTest(["cc"], "says of a library that crashes in which function it did", () => {
    const library = compileFixture(join(repository, "hsm-adapters/testing/bad-library"), []);
    const { code, stdout } = keys("probe", library);
    expect(code).toBe(1);
    expect(stdout).toContain("the library crashed (SIGSEGV) in C_GetInfo");
    const json: unknown = JSON.parse(keys("probe", library, "--json").stdout);
    expect(json).toMatchObject({ verdict: "crashed", problem: { step: "C_GetInfo", signal: "SIGSEGV" } });
  });

  toolTest(softHsmTools, "makes a key in SoftHSM, and says what is wrong with a PIN and a token", () => {
    const hsm = createSoftHsm();
    disposals.push(() => {
      hsm.dispose();
    });
    const uri = `pkcs11:serial=${hsm.serial}?module-path=${hsm.library}`;
    const run = (pinFile: string, ...args: string[]): Ended =>
      runYinxin(["keys", ...args, "--store", uri, "--pin-file", pinFile], hsm.environment);
    const made = run(hsm.pinFile, "generate", "--label", "sso.token", "--algorithm", "ES256");
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(new RegExp(`^pkcs11:serial=${hsm.serial};id=(%[0-9a-f]{2})+\n$`));
    const shown = run(hsm.pinFile, "show", made.stdout.trim());
    expect(shown.stdout).toContain("made inside · never extractable");

    const wrong = run(secretFile("wrong-pin", "111222"), "list");
    expect([wrong.code, wrong.stderr]).toEqual([5, expect.stringContaining("The PIN is wrong.")]);
    expect(wrong.stderr).not.toContain("111222");
    const factory = run(secretFile("factory-pin", "12345678"), "list");
    expect([factory.code, factory.stderr]).toEqual([5, expect.stringContaining("pin-default")]);
    const open = at("open-pin");
    writeFileSync(open, "648219", { mode: 0o644 });
    expect(run(open, "list")).toMatchObject({ code: 5, stderr: expect.stringContaining("0400") as string });
    const missing = run(at("no-such-pin"), "list");
    expect([missing.code, missing.stdout]).toEqual([5, ""]);
    expect(missing.stderr).toMatch(new RegExp(`pin-required: .*${at("no-such-pin")}`));
    expect(run(secretFile("empty-pin", "\n"), "list")).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("empty-pin is empty") as string,
    });
    const stranger = runYinxin(["keys", "show", made.stdout.trim(), "--store", uri], hsm.environment);
    expect([stranger.code, stranger.stderr]).toEqual([
      5,
      expect.stringMatching(/pin-required: not logged in: private keys are not shown.*--pin-file/s),
    ]);
    const elsewhere = runYinxin(
      ["keys", "list", "--store", `pkcs11:serial=none?module-path=${hsm.library}`, "--pin-file", hsm.pinFile],
      hsm.environment,
    );
    expect([elsewhere.code, elsewhere.stderr]).toEqual([8, expect.stringContaining(hsm.serial)]);
  });
});
