/** Waiting that somebody else may cut short. */
export class InterruptiblePause {
  #wake: () => void = () => undefined;

  /** Resolves after the time, or at the next {@link interrupt}, but not before `atLeast`. */
  wait(milliseconds: number, atLeast = 0): Promise<void> {
    return new Promise((resolve) => {
      const startedAt = performance.now();
      let timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, Math.max(0, atLeast - (performance.now() - startedAt)));
      };
    });
  }

  interrupt(): void {
    this.#wake();
  }
}
