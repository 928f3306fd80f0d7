/**
 * Evidence at the command line: `export` collects it from every service and signs it with the officer's key, `verify` proves a file
 * of it offline. What a package is, is said in `@yinxin/service-kit/evidence`.
 */
export { verifyPackage } from "./verify-package.ts";
