import type { DeviceProfile } from "../device-profile/index.ts";
import type { MaybePromise } from "../driver/index.ts";
import type { NativeFunction, NativeValue } from "../native/index.ts";

/** Going to another thread and back takes some 0.1 ms; a device that answers in less than this gains nothing from it. */
const slowMilliseconds = 0.5;
/** Of the running average, so that one call that the system delayed decides nothing. */
const weightOfLast = 0.25;

/** Calls a function now or on another thread. */
export type CallPace = (call: NativeFunction, values: readonly NativeValue[]) => MaybePromise<number>;

/**
 * How the calls are made that a device takes time for. Measured: they are synchronous at first, which is fastest for a card or a
 * software device, and go to threads for good once they take long: then sessions work side by side, and nothing else waits.
 */
export function createCallPace(calls: DeviceProfile["calls"]): CallPace {
  if (calls === "asynchronous") return (call, values) => call.later(...values);
  if (calls === "synchronous") return (call, values) => call(...values);
  let average = 0;
  return (call, values) => {
    if (average > slowMilliseconds) return call.later(...values);
    const start = performance.now();
    const answer = call(...values);
    average += weightOfLast * (performance.now() - start - average);
    return answer;
  };
}

/** Goes on with a value that is there already or comes later. */
export function andThen<Value, Next>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Next>,
): MaybePromise<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
