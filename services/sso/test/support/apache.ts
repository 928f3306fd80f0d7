import { execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const modules = "/usr/lib/apache2/modules";
const fakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/** Programs and libraries that {@link startApache} needs beside `apache2` and `openssl`; those that are not there. */
export function missingForApache(): readonly string[] {
  return [join(modules, "mod_auth_openidc.so"), fakeTime].filter((file) => !existsSync(file));
}

/** Apache with mod_auth_openidc as a resource server that believes sso's tokens, by a clock that the test moves. */
export interface RunningApache {
  /** The answer's status for a call with this token. */
  call(token: string): Promise<number>;
  /** Sets Apache's clock. It runs on from there. */
  setTime(now: Date): Promise<void>;
  /** How often Apache has read sso's keys. */
  reads(): number;
  errors(): Promise<string>;
  close(): Promise<void>;
}

export async function startApache(issuer: string): Promise<RunningApache> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-apache-"));
  const keys = await startTlsFront(folder, issuer);
  // Apache does not take port 0; systems do not give these out by themselves, and no other test does.
  const port = randomInt(17_500, 20_000);
  const clockFile = join(folder, "clock");
  await writeFile(clockFile, "+0s");
  await mkdir(join(folder, "www"));
  await writeFile(join(folder, "www", "index.txt"), "for bearers of tokens\n");
  // Started as root, Apache works as another user.
  await chmod(folder, 0o755);
  await writeFile(join(folder, "httpd.conf"), configurationOf(folder, port, keys.url));
  const child = spawn("apache2", ["-f", join(folder, "httpd.conf"), "-DFOREGROUND"], {
    env: {
      PATH: process.env["PATH"],
      LD_PRELOAD: fakeTime,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    stdio: ["ignore", "ignore", "pipe"],
    // When it ends, Apache sends SIGTERM to its whole process group: it must have one of its own.
    detached: true,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const ended = once(child, "close");
  const url = `http://localhost:${String(port)}/index.txt`;
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    await keys.close();
    await rm(folder, { recursive: true });
  };
  try {
    const failed = ended.then(() => Promise.reject(new Error(`apache2 did not start: ${said}`)));
    await Promise.race([untilAnswered(url), failed]);
  } catch (cause) {
    await close();
    throw cause;
  }
  return {
    call: async (token) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status,
    setTime: async (now) => {
      // Apache reads it at every look at the clock, and must not find it empty.
      await writeFile(`${clockFile}.new`, offsetTo(now));
      await rename(`${clockFile}.new`, clockFile);
    },
    reads: () => keys.reads(),
    errors: () => readFile(join(folder, "error.log"), "utf8"),
    close,
  };
}

/** libfaketime's file: how far the clock is from the machine's, which the test's own Date may not tell any more. */
function offsetTo(now: Date): string {
  const seconds = Math.round((now.getTime() - (performance.timeOrigin + performance.now())) / 1000);
  return `${seconds < 0 ? "" : "+"}${String(seconds)}s`;
}

function configurationOf(folder: string, port: number, keysUrl: string): string {
  const names = ["mpm_prefork", "authn_core", "authz_core", "authz_user", "auth_openidc"];
  return [
    `ServerRoot ${folder}`,
    "ServerName localhost",
    `PidFile ${folder}/httpd.pid`,
    `DefaultRuntimeDir ${folder}`,
    `Mutex file:${folder}`,
    `Listen 127.0.0.1:${String(port)}`,
    ...names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    "User www-data",
    "Group www-data",
    "StartServers 2",
    `ErrorLog ${folder}/error.log`,
    "LogLevel warn",
    `DocumentRoot ${folder}/www`,
    `OIDCOAuthVerifyJwksUri ${keysUrl}`,
    "OIDCOAuthSSLValidateServer Off",
    "OIDCOAuthRemoteUserClaim sub",
    // Its own default, an hour: far longer than `/jwks` allows.
    "OIDCJWKSRefreshInterval 3600",
    "<Location />",
    "  AuthType oauth20",
    "  Require claim aud:yinxin",
    "</Location>",
    "",
  ].join("\n");
}

/** The module takes keys from https addresses only. */
async function startTlsFront(
  folder: string,
  issuer: string,
): Promise<{ readonly url: string; reads(): number; close(): Promise<void> }> {
  const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.pem")];
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", key, "-out", cert, "-subj", "/CN=localhost"],
  ]);
  let reads = 0;
  const server = createServer(
    { key: await readFile(key), cert: await readFile(cert) },
    (_request, response) => {
      reads += 1;
      void fetch(`${issuer}/jwks`).then(async (answer) => {
        const type = answer.headers.get("content-type") ?? "";
        response.writeHead(answer.status, { "content-type": type }).end(await answer.text());
      });
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${String(port)}/jwks`,
    reads: () => reads,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function untilAnswered(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await fetch(url);
      return;
    } catch (cause) {
      if (attempt === 100) throw cause;
      // A process that starts cannot be waited for in another way.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
