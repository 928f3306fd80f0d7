/**
 * What a process proves before it signs or believes anything: that its SM3, SM4 and elliptic curves give the published
 * answers. The elliptic curves and SM4 prove it again wherever they are used first, so that nobody can forget this; a service
 * calls it when it starts, to choose the engine and to fail early.
 */
export { runSelfTest, SelfTestError } from "./run-self-test.ts";
