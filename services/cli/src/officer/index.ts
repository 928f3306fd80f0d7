/**
 * How an officer speaks with services from the command line: {@link officerCommand} gives a command its options and a session, in which
 * every request is signed with the officer's own key (RFC 9421); {@link askServices} asks all services at once.
 */
export { askServices, findAmongServices, sayFailures } from "./ask-services.ts";
export type { Search, ServiceAnswer, ServiceAnswers } from "./ask-services.ts";
export type { NeededRole } from "./choose-officer.ts";
export { officerCommand } from "./officer-command.ts";
export type { OfficerCall, OfficerCommandDefinition } from "./officer-command.ts";
export { dryRunOption, officerOptions, serviceOption } from "./officer-options.ts";
export { openOwnKey } from "./officer-session.ts";
export type { OfficerValues } from "./officer-options.ts";
export type { OfficerSession } from "./officer-session.ts";
export type { ServiceCall, ServiceConnection } from "./service-connection.ts";
