import { createHmac } from "node:crypto";

import { boundedFetch } from "../auth/bounded-fetch.ts";
import type { Fetch } from "../auth/bounded-fetch.ts";
import { alarmKinds } from "./alarm.ts";
import type { Alarm } from "./alarm.ts";
import type { AlarmChannel } from "./alarm-channel.ts";

export interface WebhookChannelOptions {
  readonly url: string;
  /** Shared with the receiver. */
  readonly secret: Uint8Array;
  readonly service: string;
  readonly fetch: Fetch;
  /** For the whole answer; ten seconds if absent. */
  readonly timeoutMilliseconds?: number;
}

const timeoutMillisecondsDefault = 10_000;
const responseBytesMax = 64 * 1024;

/**
 * Sends alarms as JSON. The header `yinxin-signature: t=<seconds>, v1=<hex>` carries HMAC-SHA-256 of `<seconds>.<body>`, so that
 * the receiver knows who sent it and when. A redirect is not followed, and what is said of a failure has no path: with many
 * receivers whoever knows the path may send.
 */
export function createWebhookChannel(options: WebhookChannelOptions): AlarmChannel {
  const { url, secret, service, timeoutMilliseconds = timeoutMillisecondsDefault } = options;
  return {
    name: "webhook",
    accepts: () => true,
    deliver: async (alarms, at) => {
      const body = JSON.stringify({ type: "yinxin-alarms", service, alarms: alarms.map(alarmText) });
      const seconds = String(Math.floor(at.getTime() / 1000));
      const mark = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
      const { status } = await boundedFetch(options.fetch, {
        url,
        method: "POST",
        headers: { "content-type": "application/json", "yinxin-signature": `t=${seconds}, v1=${mark}` },
        body,
        timeoutMilliseconds,
        responseBytesMax,
      }).catch((failure: unknown) => {
        // The failure itself names the address, so only what it came of is passed on.
        const cause = failure instanceof Error ? failure.cause : undefined;
        throw new Error(`the receiver at ${new URL(url).origin} was not reached`, { cause });
      });
      if (status < 200 || status > 299) throw new Error(`the receiver answered ${String(status)}`);
    },
  };
}

/** An alarm as it is written in JSON, here and in the routes. */
export function alarmText(alarm: Alarm) {
  const { id, kind, severity, subject, detail, raisedAt, clearedAt } = alarm;
  return {
    id,
    kind,
    title: alarmKinds[kind],
    severity,
    subject,
    detail,
    raised_at: raisedAt.toISOString(),
    ...(clearedAt && { cleared_at: clearedAt.toISOString() }),
  };
}
