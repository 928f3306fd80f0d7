/**
 * Telling officers in time: what expires, what is used up, what a device or a log can no longer do.
 *
 * Sources look at the service and give findings; {@link createAlarms} keeps which of them were told, so that each is told once
 * until it passes, after a restart and by two processes as well. An alarm goes to the log, to `/metrics`, and through the
 * channels that the deployment has: {@link createWebhookChannel}, {@link createMailChannel}.
 */
export { alarmKinds, alarmSeverities } from "./alarm.ts";
export type { Alarm, AlarmKind, AlarmSeverity, Finding } from "./alarm.ts";
export type { AlarmChannel } from "./alarm-channel.ts";
export { alarmConfigSchema, isQuiet } from "./alarm-config.ts";
export type { AlarmConfig } from "./alarm-config.ts";
export { alarmRoutes } from "./alarm-routes.ts";
export {
  findingsOfAuditLog,
  findingsOfBreakGlass,
  findingsOfDevice,
  findingsOfDrift,
  findingsOfKeys,
  findingsOfMissingPlans,
  findingsOfPlans,
  findingsOfRates,
} from "./alarm-rules.ts";
export {
  findingsOfAltered,
  findingsOfOfficers,
  findingsOfRefused,
  findingsOfStopped,
  findingsOfWaiting,
} from "./officer-rules.ts";
export { alarmMigration } from "./alarm-tables.ts";
export { createAlarms } from "./create-alarms.ts";
export type { Alarms, AlarmSource, AlarmsOptions } from "./create-alarms.ts";
export { createMailChannel } from "./mail-channel.ts";
export type { MailChannelOptions } from "./mail-channel.ts";
export { createWebhookChannel } from "./webhook-channel.ts";
export type { WebhookChannelOptions } from "./webhook-channel.ts";
