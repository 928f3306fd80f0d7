import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { SMTPServer } from "smtp-server";
import type { SMTPServerOptions } from "smtp-server";
import { describe, expect, it, onTestFinished } from "vitest";

import { toolTest } from "../../../../scripts/testing/tools.ts";
import type { Alarm } from "./alarm.ts";
import { createMailChannel } from "./mail-channel.ts";
import type { MailChannelOptions } from "./mail-channel.ts";
import { createWebhookChannel } from "./webhook-channel.ts";

const at = new Date("2026-11-22T00:00:00Z");
const alarm: Alarm = {
  ...{ id: "alarm_1", kind: "key-drifted", key: "k", severity: "critical", raisedAt: at },
  subject: "seal.maker\r\nBcc: everybody@gov.example\r\n\r\n.\r\nMAIL FROM:<forged@gov.example>",
  detail: { zh: "密钥\r\n.\r\n", en: "The key\r\n.\r\nBcc: other@gov.example" },
};

async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe("alarms by webhook", () => {
  const secret = randomBytes(32);
  const webhookTo = (url: string, more: { readonly timeoutMilliseconds?: number } = {}) =>
    createWebhookChannel({ url, secret, service: "seal", fetch, ...more });

  /** What an error says, with everything that a log would write of it. */
  async function failureOf(work: Promise<void>): Promise<string> {
    const cause: unknown = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    const texts: string[] = [];
    for (let each = cause; each instanceof Error; each = each.cause) texts.push(each.message);
    return texts.join(" / ");
  }

  it("are not delivered to where a redirect leads, nor when the receiver refuses", async () => {
    let followed = 0;
    const elsewhere = await listen((_request, response) => {
      followed += 1;
      response.end();
    });
    const redirecting = await listen((_request, response) => {
      response.writeHead(307, { location: elsewhere }).end();
    });
    const refusing = await listen((_request, response) => {
      response.writeHead(503).end("busy");
    });
    expect(await failureOf(webhookTo(redirecting).deliver([alarm], at))).toContain("was not reached");
    expect(followed).toBe(0);
    expect(await failureOf(webhookTo(refusing).deliver([alarm], at))).toBe("the receiver answered 503");
  });

  it("are given up by a deadline, and an answer without end is not read", async () => {
    const silent = await listen(() => undefined);
    expect(await failureOf(webhookTo(silent, { timeoutMilliseconds: 50 }).deliver([alarm], at))).toContain(
      "was not reached",
    );
    const endless = await listen((_request, response) => {
      response.write(Buffer.alloc(200_000));
    });
    expect(await failureOf(webhookTo(endless).deliver([alarm], at))).toContain("was not reached");
  });

  it("put no secret into what is said of a failure: neither the key nor the receiver's path", async () => {
    const url = `${await listen((_request, response) => response.destroy())}/services/T0KEN?key=s3cret`;
    const said = await failureOf(webhookTo(url).deliver([alarm], at));
    expect(said).toContain("http://127.0.0.1:");
    expect(said).not.toMatch(/T0KEN|s3cret/);
    expect(said).not.toContain(secret.toString("hex"));
  });
});

/** The lines of the text, whatever the transfer encoding. */
function bodyLinesOf(mail: string): readonly string[] {
  const [head = "", ...rest] = mail.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  const isBase64 = /content-transfer-encoding: base64/i.test(head);
  const bytes = isBase64 ? Buffer.from(body, "base64") : Buffer.from(decodedQuotedPrintable(body), "latin1");
  return bytes.toString("utf8").split(/\r?\n/);
}

function decodedQuotedPrintable(text: string): string {
  return text
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

describe("alarms by mail", () => {
  interface Received {
    readonly mail: string;
    readonly recipients: readonly string[];
    readonly isSecure: boolean;
  }

  async function mailServer(options: SMTPServerOptions) {
    const received: Received[] = [];
    const server = new SMTPServer({
      authOptional: true,
      onData: (stream, { envelope, secure }, done) => {
        void text(stream).then((mail) => {
          const recipients = envelope.rcptTo.map(({ address }) => address);
          received.push({ mail, recipients, isSecure: secure });
          done();
        });
      },
      ...options,
    });
    // A client that does not trust the server's certificate breaks the connection off.
    server.on("error", () => undefined);
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", () => {
        resolve();
      }),
    );
    onTestFinished(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    );
    return { received, port: (server.server.address() as AddressInfo).port };
  }

  const channelTo = (port: number, more: Partial<MailChannelOptions["config"]>, authorities?: string) =>
    createMailChannel({
      config: {
        ...{
          host: "127.0.0.1",
          port,
          security: "none",
          from: "yinxin@gov.example",
          to: ["officer@gov.example"],
        },
        ...more,
      },
      service: "seal",
      ...(authorities !== undefined && { authorities }),
    });

  it("have no header, recipient or command of what an alarm says", async () => {
    const { port, received } = await mailServer({ disabledCommands: ["AUTH", "STARTTLS"] });
    await channelTo(port, {}).deliver([alarm], at);
    expect(received).toHaveLength(1);
    expect(received[0]?.recipients).toEqual(["officer@gov.example"]);
    const [head = ""] = (received[0]?.mail ?? "").split("\r\n\r\n");
    expect(head).not.toMatch(/^(bcc|cc):|everybody|forged/im);
    const lines = bodyLinesOf(received[0]?.mail ?? "");
    expect(lines.filter((line) => /^(Bcc|MAIL|\.)/.test(line))).toEqual([]);
    expect(lines[0]).toContain("seal.maker Bcc: everybody@gov.example");
  });

  it("do not leave in the clear where STARTTLS is asked for and not offered", async () => {
    const { port, received } = await mailServer({ disabledCommands: ["AUTH", "STARTTLS"] });
    await expect(channelTo(port, { security: "starttls" }).deliver([alarm], at)).rejects.toThrow();
    expect(received).toEqual([]);
  });

  toolTest(
    ["openssl"],
    "leave over TLS to a server that a named authority vouches for, and to no other",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "yinxin-mail-"));
      onTestFinished(() => {
        rmSync(folder, { recursive: true, force: true });
      });
      const [keyFile, certificateFile] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
      execFileSync(
        "openssl",
        [
          ...[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
          ],
          ...[
            "-subj",
            "/CN=mail",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            keyFile,
            "-out",
            certificateFile,
          ],
        ],
        { stdio: "ignore" },
      );
      const [key, cert] = [readFileSync(keyFile, "utf8"), readFileSync(certificateFile, "utf8")];
      for (const security of ["starttls", "tls"] as const) {
        const { port, received } = await mailServer({
          key,
          cert,
          secure: security === "tls",
          disabledCommands: ["AUTH"],
        });
        await expect(channelTo(port, { security }).deliver([alarm], at)).rejects.toThrow();
        expect(received).toEqual([]);
        await channelTo(port, { security }, cert).deliver([alarm], at);
        expect(received.map(({ isSecure }) => isSecure)).toEqual([true]);
      }
    },
  );
});
