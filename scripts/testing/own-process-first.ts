import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

/** The name of the project whose files have a process each. */
export const ownProcess = "own process";

/**
 * Files with a process each come first. They take the longest, and those that share a process follow each other, so that
 * the process stays and what they import is loaded once; being short, they fill the end of the run on every core.
 */
export default class OwnProcessFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isOwn = ({ project }: TestSpecification): boolean => project.name === ownProcess;
    return [...sorted.filter(isOwn), ...sorted.filter((file) => !isOwn(file))];
  }
}
