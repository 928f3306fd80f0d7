import { OfdError } from "../src/ofd/index.ts";

/** The error with which an action is refused, or undefined if it is not. Anything but an OfdError is thrown on. */
export function refusalOf(action: () => unknown): OfdError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof OfdError)) throw error;
    return error;
  }
}
