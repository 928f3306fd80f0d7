import { describeEngine } from "../../../testing/engine-contract.ts";
import { nodeEngine } from "./index.ts";

describeEngine(nodeEngine, { nonces: "ours" });
