/**
 * Time is a parameter. Production passes {@link systemClock}, tests pass {@link fixedClock}; nothing else asks the machine.
 */
export interface Clock {
  now(): Date;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  // eslint-disable-next-line no-restricted-syntax -- the one place that wraps the machine's clock
  now: () => new Date(),
};

/** A clock that moves only when told. */
export interface FixedClock extends Clock {
  /** Moves forward; a negative number moves back, as a badly set machine does. */
  advance(milliseconds: number): void;
}

/** A clock that stands at `start` until it is advanced. */
export function fixedClock(start: Date | string): FixedClock {
  let milliseconds = new Date(start).getTime();
  return {
    now: () => new Date(milliseconds),
    advance: (by) => {
      milliseconds += by;
    },
  };
}
