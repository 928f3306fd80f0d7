import { z } from "zod";

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** Loopback needs no TLS: nothing leaves the machine. */
function isProtected(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/** Where alarms go besides the log and `/metrics`: the form of `ALARMS_FILE`. Secrets are paths. */
export const alarmConfigSchema = z.strictObject({
  webhook: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).refine(isProtected, { message: "needs https" }),
      /** At least 32 bytes; the receiver checks the signature with it. */
      secret_file: z.string().min(1),
    })
    .optional(),
  mail: z
    .strictObject({
      host: z.string().min(1),
      port: z.int().min(1).max(65_535),
      /** `tls`: from the first byte (465). `starttls`: required after the greeting. `none`: only for a relay on this machine. */
      security: z.enum(["tls", "starttls", "none"]),
      from: z.email(),
      to: z.array(z.email()).min(1).max(50),
      user: z.string().min(1).optional(),
      password_file: z.string().min(1).optional(),
      /** PEM: who may have signed the server's certificate, instead of the authorities that Node knows. */
      authorities_file: z.string().min(1).optional(),
    })
    .refine(({ host, security }) => security !== "none" || ["localhost", "127.0.0.1", "::1"].includes(host), {
      message: "mail to another machine needs tls or starttls",
    })
    .optional(),
  /** No mail in these hours except for what is critical; it follows at their end. */
  quiet_hours: z
    .strictObject({ from: clockTime, to: clockTime, utc_offset_minutes: z.int().min(-720).max(840) })
    .optional(),
});

export type AlarmConfig = z.infer<typeof alarmConfigSchema>;

/** Whether a moment is within the quiet hours; they may go over midnight. */
export function isQuiet(hours: AlarmConfig["quiet_hours"], at: Date): boolean {
  if (hours === undefined) return false;
  const minute = (((Math.floor(at.getTime() / 60_000) + hours.utc_offset_minutes) % 1440) + 1440) % 1440;
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)];
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minuteOf(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}
