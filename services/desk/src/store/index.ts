/** What desk keeps, none of it for longer than a working hour: sessions, logins on their way, files to be fetched. */
export { createLoginStore } from "./logins.ts";
export { createResultStore } from "./results.ts";
export type { DeskSchema } from "./schema.ts";
export { createSessionStore } from "./sessions.ts";
