import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { pemOfDer } from "@yinxin/crypto/bytes";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { bundlePrograms } from "../../../scripts/bundle-programs.ts";
import { newKey, requestToken, signManifest, testManifest } from "./support/sso-for-tests.ts";

let main: string;
const root = fileURLToPath(new URL("../../../", import.meta.url));

let folder: string;
const clients = { desk: newKey(), seal: newKey() };

beforeAll(async () => {
  ({ main } = await bundlePrograms({ main: "services/sso/src/main.ts" }));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-sso-"));
  const bootstrap = newKey();
  const manifest = await testManifest(clients, "http://localhost:7600/login/callback");
  await writeFile(join(folder, "passphrase"), "correct horse battery staple", { mode: 0o600 });
  await writeFile(join(folder, "bootstrap.jws"), await signManifest(bootstrap, manifest));
  await writeFile(join(folder, "bootstrap.pem"), pemOfDer(bootstrap.publicKey, "PUBLIC KEY"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function start() {
  const child = spawn(process.execPath, [main], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      PORT: "0",
      METRICS_PORT: "0",
      BASE_URL: "http://localhost:7601",
      ALLOWED_HOSTS: "localhost",
      DATABASE_URL: `sqlite:${join(folder, "db.sqlite")}`,
      KEY_STORE_FOLDER: join(folder, "keys"),
      KEY_STORE_PASSPHRASE_FILE: join(folder, "passphrase"),
      AUDIT_FOLDER: join(folder, "audit"),
      AUDIT_ORIGIN: "yinxin.test/audit/sso",
      SSO_BOOTSTRAP_FILE: join(folder, "bootstrap.jws"),
      SSO_BOOTSTRAP_KEY_FILE: join(folder, "bootstrap.pem"),
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: [] as string[], error: "" };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => said.out.push(line));
  child.stderr.on("data", (chunk: Buffer) => (said.error += chunk.toString("utf8")));
  const ended = once(child, "close") as Promise<[number | null]>;
  const ready = Promise.race([
    once(lines, "line").then(([line]) => (JSON.parse(String(line)) as { port: number }).port),
    ended.then(() => Promise.reject(new Error(said.error))),
  ]);
  ready.catch(() => undefined);
  return { child, said, ended, ready };
}

describe("the program", () => {
  it("starts, says so in one line and nothing else, works, and starts again on the same data", async () => {
    const keys: unknown[] = [];
    for (const round of [1, 2]) {
      const sso = start();
      const url = `http://localhost:${String(await sso.ready)}`;
      keys.push(await (await fetch(`${url}/jwks`)).json());
      const grant = { grant_type: "client_credentials", scope: "seal:make" };
      const assertion = { id: "seal", signer: clients.seal, audience: "http://localhost:7601" };
      expect((await requestToken({ url }, assertion, grant)).status, `round ${String(round)}`).toBe(200);
      sso.child.kill("SIGTERM");
      expect((await sso.ended)[0]).toBe(0);
      expect(sso.said.out).toHaveLength(1);
    }
    expect(keys[0]).toEqual(keys[1]);
  });

  it("refuses a manifest that was changed after it was signed, in one sentence, and leaves no database behind", async () => {
    const file = join(folder, "bootstrap.jws");
    const [header = "", payload = "", signature = ""] = (await readFile(file, "utf8")).split(".");
    const changed = Buffer.from(payload, "base64url").toString("utf8").replace("audit:read", "seal:make");
    await writeFile(file, [header, Buffer.from(changed).toString("base64url"), signature].join("."));
    const sso = start();
    expect((await sso.ended)[0]).toBe(1);
    expect(sso.said.out).toEqual([]);
    expect(sso.said.error).toContain("the bootstrap manifest is refused");
    expect(sso.said.error).not.toContain("    at ");
    expect(existsSync(join(folder, "db.sqlite"))).toBe(false);
  });
});
