/**
 * The environment, read once and checked.
 *
 * Names are UPPER_SNAKE and carry their unit; secrets come as paths (`*_FILE`). An error names every variable that is wrong
 * and never shows a value.
 */
export { ConfigError, readConfig } from "./read-config.ts";
export { governanceEnvironment } from "./governance-environment.ts";
export { keyStoreEnvironment } from "./key-store-environment.ts";
export { serviceEnvironment } from "./service-environment.ts";
