import type { Migration } from "@yinxin/service-kit/database";

import { init } from "./0001-init.ts";

/** The schema of desk, step by step. A step that was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = { "0001-init": init };
