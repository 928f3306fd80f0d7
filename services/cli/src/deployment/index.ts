/**
 * Where the services of a deployment are. `deployment.json` names them and the trust file, which says whose signatures are believed;
 * in a sandbox it also names officers whom whoever sits at the machine may play.
 */
export { rememberPurposes } from "./remember-purposes.ts";
export { isLoopback, parseDeployment, readDeployment, readTrust } from "./deployment-file.ts";
export type { DeployedService, Deployment, SandboxOfficer } from "./deployment-file.ts";
