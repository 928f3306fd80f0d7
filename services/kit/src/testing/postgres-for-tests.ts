import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address that answers with the test server's, and starts it when first asked. */
    readonly postgresForTests: string;
  }
}

/** Where the run's PostgreSQL server is, or why there is none. */
export type PostgresForTests = { readonly url: string } | { readonly reason: string };

/** The PostgreSQL server of this test run; it is started when the first test file asks and shared by all. */
export async function postgresForTests(): Promise<PostgresForTests> {
  const starter = inject("postgresForTests") as string | undefined;
  if (starter === undefined) return { reason: "postgres-global-setup.ts is not in vitest's globalSetup" };
  const response = await fetch(starter);
  return (await response.json()) as PostgresForTests;
}

/** Whether a missing tool is a failure, as it is where everything was installed on purpose. */
export function isEverythingRequired(): boolean {
  // eslint-disable-next-line no-restricted-properties -- a test run has no main.ts to read its environment
  return process.env["YINXIN_REQUIRE_ALL"] === "1";
}
