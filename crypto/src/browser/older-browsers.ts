/**
 * What the core and its libraries use and Chrome 87 lacks, put in its place where it is missing. The build injects this
 * module before all others, because libraries call some of it while they are loaded.
 */
function at(this: ArrayLike<unknown>, index: number): unknown {
  return this[index < 0 ? this.length + index : index];
}

function findLast(this: ArrayLike<unknown>, matches: (value: unknown, index: number) => boolean): unknown {
  for (let index = this.length - 1; index >= 0; index -= 1) {
    if (matches(this[index], index)) return this[index];
  }
  return undefined;
}

function hasOwn(target: object, name: PropertyKey): boolean {
  return Object.prototype.hasOwnProperty.call(target, name);
}

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

const fillIns: readonly (readonly [holder: object, name: string, value: unknown])[] = [
  [Array.prototype, "at", at],
  [typedArrayPrototype, "at", at],
  [String.prototype, "at", at],
  [Array.prototype, "findLast", findLast],
  [Object, "hasOwn", hasOwn],
];

for (const [holder, name, value] of fillIns) {
  if (!(name in holder)) Object.defineProperty(holder, name, { value, writable: true, configurable: true });
}
