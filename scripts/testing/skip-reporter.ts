import type { Reporter, TestModule } from "vitest/node";

/** Names every skipped test at the end of a run and counts them, so that a missing tool is never silent. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => `${module.relativeModuleId}: ${test.fullName}`),
    );
    if (skipped.length === 0) return;
    process.stderr.write(
      `\n${String(skipped.length)} tests were SKIPPED (npm run setup:test-tools installs what they need):\n`,
    );
    for (const name of skipped) process.stderr.write(`  - ${name}\n`);
  }
}
