import { createTransport } from "nodemailer";

import { alarmKinds, alarmSeverities } from "./alarm.ts";
import type { Alarm } from "./alarm.ts";
import type { AlarmChannel } from "./alarm-channel.ts";
import { isQuiet } from "./alarm-config.ts";
import type { AlarmConfig } from "./alarm-config.ts";

export interface MailChannelOptions {
  readonly config: NonNullable<AlarmConfig["mail"]>;
  readonly quietHours?: AlarmConfig["quiet_hours"];
  readonly password?: string;
  /** PEM. */
  readonly authorities?: string;
  readonly service: string;
}

const timeoutMilliseconds = 15_000;

/** Sends alarms by mail (RFC 5321): one plain text for all that are new, in both languages. */
export function createMailChannel(options: MailChannelOptions): AlarmChannel {
  const { config, quietHours, password, authorities, service } = options;
  const transport = createTransport({
    host: config.host,
    port: config.port,
    secure: config.security === "tls",
    requireTLS: config.security === "starttls",
    ignoreTLS: config.security === "none",
    ...(config.user !== undefined && { auth: { user: config.user, pass: password ?? "" } }),
    tls: { minVersion: "TLSv1.2", ...(authorities !== undefined && { ca: authorities }) },
    connectionTimeout: timeoutMilliseconds,
    greetingTimeout: timeoutMilliseconds,
    socketTimeout: timeoutMilliseconds,
    // A text of ours never names a file or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: "mail",
    accepts: ({ severity }, at) => severity === "critical" || !isQuiet(quietHours, at),
    deliver: async (alarms) => {
      const sent = await transport.sendMail({
        from: config.from,
        to: [...config.to],
        subject: subjectOf(service, alarms),
        text: alarms.map(paragraphOf).join("\n"),
        headers: { "auto-submitted": "auto-generated" },
      });
      if (sent.rejected.length > 0) throw new Error("the mail server took the mail for some only");
    },
  };
}

function subjectOf(service: string, alarms: readonly Alarm[]): string {
  const [worst = "notice"] = alarmSeverities
    .filter((severity) => alarms.some((alarm) => alarm.severity === severity))
    .reverse();
  const [first] = alarms;
  const title = first === undefined ? "" : `${alarmKinds[first.kind].zh} ${alarmKinds[first.kind].en}`;
  const more = alarms.length > 1 ? ` (+${String(alarms.length - 1)})` : "";
  return `[印信 Yinxin ${service}] ${worst}: ${title}${more}`;
}

function paragraphOf({ id, kind, severity, subject, detail, raisedAt }: Alarm): string {
  const title = alarmKinds[kind];
  return [
    `${severity}  ${title.zh} ${title.en}  ${oneLine(subject)}`,
    `  ${oneLine(detail.zh)}`,
    `  ${oneLine(detail.en)}`,
    `  ${raisedAt.toISOString()}  ${id}`,
    "",
  ].join("\n");
}

/** A label in a device may be anything, also something that looks like the next alarm. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
