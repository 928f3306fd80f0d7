/**
 * The elliptic-curve engine of a service: the addon in C where somebody built it (`npm run build:native`), else the one in
 * WebAssembly that is always there. The core does no input and output, so the file is opened here.
 */
export { startEngine } from "./start-engine.ts";
export { loadNativeEngine, nativeEngineFile } from "./load-native-engine.ts";
