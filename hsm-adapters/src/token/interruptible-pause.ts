/** Waiting that somebody else may cut short. */
export class InterruptiblePause {
  #wake: () => void = () => undefined;

  /** Resolves after the time, or at the next {@link interrupt}. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  interrupt(): void {
    this.#wake();
  }
}
