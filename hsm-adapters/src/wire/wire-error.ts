/** Octets that break the protocol between a driver host and its client, or a value that cannot travel by it. */
export class WireError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WireError";
  }
}
