import type { EcCurve, EcPrivateKey, EcPublicKey, RandomBytes } from "./engine.ts";
import { fixedBytes } from "./fixed-bytes.ts";

/** What a module of crypto/assembly exports; see its index.ts. Booleans are 0 and 1. */
interface WasmExports {
  readonly memory: WebAssembly.Memory;
  readonly io: WebAssembly.Global<"i32">;
  readonly batch: WebAssembly.Global<"i32">;
  readonly keyBytes: WebAssembly.Global<"i32">;
  readonly keyTableBytes: WebAssembly.Global<"i32">;
  readonly tables: WebAssembly.Global<"i32">;
  start(): void;
  prepareKey(): number;
  sign(count: number): void;
  isPoint(): number;
  verify(keyTable: number): number;
  buildTable(table: number): number;
  publicPoint(): number;
  multiplyAny(): number;
}

/** One curve in one instance: its memory, and the operations of {@link EcEngine} on it. */
export interface WasmCurve {
  importPrivateKey(d32: Uint8Array): EcPrivateKey;
  importPublicKey(xy64: Uint8Array, table: boolean): EcPublicKey;
  publicPoint(d32: Uint8Array): Uint8Array;
  multiply(xy64: Uint8Array, scalar32: Uint8Array): Uint8Array | undefined;
}

/** Tables kept per curve: 64 of 59 KiB are what the module's memory may grow to. */
const tablesKept = 64;
const pageBytes = 65_536;
// Places within the exchange area, as in crypto/assembly.
const itemsAt = 256;
const itemBytes = 128;
const signatureAt = 64;

/** Starts an instance of the curve's module, and is its only user. */
export function createWasmCurve(curve: EcCurve, instance: WebAssembly.Instance): WasmCurve {
  const wasm = instance.exports as unknown as WasmExports;
  wasm.start();
  const exchange = openExchange(wasm);
  const tables = openTables(wasm, exchange);
  return {
    importPrivateKey: (d32) => importPrivateKey(curve, wasm, exchange, fixedBytes(d32, 32, "d")),
    importPublicKey: (xy64, table) => {
      const point = Uint8Array.from(fixedBytes(xy64, 64, "a point"));
      exchange.write(0, point);
      if (wasm.isPoint() === 0) throw new RangeError("the point is not on the curve");
      return publicKeyOf(point, table ? tables : undefined, wasm, exchange);
    },
    publicPoint: (d32) => {
      exchange.write(0, fixedBytes(d32, 32, "d"));
      const isInRange = wasm.publicPoint() === 1;
      const point = exchange.take(0, 64);
      if (!isInRange) throw new RangeError("d is not in 1…n−1");
      return point;
    },
    multiply: (xy64, scalar32) => {
      exchange.write(0, fixedBytes(xy64, 64, "a point"));
      exchange.write(64, fixedBytes(scalar32, 32, "a scalar"));
      const outcome = wasm.multiplyAny();
      const point = exchange.take(0, 96).subarray(0, 64);
      if (outcome === 0) throw new RangeError("the point is not on the curve");
      return outcome === 1 ? point : undefined;
    },
  };
}

/** The bytes that the module and we exchange. */
interface Exchange {
  write(at: number, bytes: Uint8Array): void;
  read(at: number, length: number): Uint8Array;
  /** Reads, and overwrites what stood there. */
  take(at: number, length: number): Uint8Array;
  clear(length: number): void;
}

function openExchange({ memory, io }: WasmExports): Exchange {
  const base = io.value;
  let view = new Uint8Array(memory.buffer);
  // Growing the memory takes the old buffer away.
  const current = (): Uint8Array => (view.length === 0 ? (view = new Uint8Array(memory.buffer)) : view);
  const exchange: Exchange = {
    write: (at, bytes) => {
      current().set(bytes, base + at);
    },
    read: (at, length) => current().slice(base + at, base + at + length),
    take: (at, length) => {
      const taken = exchange.read(at, length);
      current().fill(0, base + at, base + at + length);
      return taken;
    },
    clear: (length) => {
      current().fill(0, base, base + length);
    },
  };
  return exchange;
}

function importPrivateKey(
  curve: EcCurve,
  wasm: WasmExports,
  exchange: Exchange,
  d32: Uint8Array,
): EcPrivateKey {
  exchange.write(0, d32);
  const isPrepared = wasm.prepareKey() === 1;
  const prepared = exchange.take(0, wasm.keyBytes.value);
  if (!isPrepared) throw new RangeError(curve === "sm2" ? "d is not in 1…n−2" : "d is not in 1…n−1");
  let isDestroyed = false;

  function signSome(digests: readonly Uint8Array[], random: RandomBytes): Uint8Array[] {
    if (isDestroyed) throw new RangeError("the key is destroyed");
    const inputs = digests.map(
      (e32) => [fixedBytes(e32, 32, "e"), fixedBytes(random(32), 32, "random")] as const,
    );
    exchange.write(0, prepared);
    inputs.forEach(([e32, hedge], index) => {
      exchange.write(itemsAt + index * itemBytes, e32);
      exchange.write(itemsAt + index * itemBytes + 32, hedge);
    });
    wasm.sign(digests.length);
    const signatures = digests.map((_, index) =>
      exchange.read(itemsAt + index * itemBytes + signatureAt, 64),
    );
    exchange.clear(itemsAt + digests.length * itemBytes);
    return signatures;
  }

  return {
    sign: (e32, random) => signSome([e32], random)[0] ?? new Uint8Array(),
    signBatch: (e32s, random) => {
      const most = wasm.batch.value;
      const signatures: Uint8Array[] = [];
      for (let start = 0; start < e32s.length; start += most) {
        signatures.push(...signSome(e32s.slice(start, start + most), random));
      }
      return signatures;
    },
    destroy: () => {
      isDestroyed = true;
      prepared.fill(0);
    },
  };
}

/** The tables of the public keys used last. */
interface Tables {
  /** The table of this point; built unless it stands, in the place of the one used longest ago. */
  build(point: Uint8Array): PlacedTable;
  /** Where it is, noting that it is used now; 0 once another key has taken the place. */
  addressOf(table: PlacedTable): number;
}

interface PlacedTable {
  readonly name: string;
  address: number;
}

function openTables(wasm: WasmExports, exchange: Exchange): Tables {
  // A Map remembers the order of insertion: the first is the one used longest ago.
  const placed = new Map<string, PlacedTable>();

  function freePlace(): number {
    if (placed.size < tablesKept) {
      const address = wasm.tables.value + placed.size * wasm.keyTableBytes.value;
      const missing = address + wasm.keyTableBytes.value - wasm.memory.buffer.byteLength;
      if (missing > 0) wasm.memory.grow(Math.ceil(missing / pageBytes));
      return address;
    }
    const [oldest = { name: "", address: 0 }] = placed.values();
    const { address } = oldest;
    placed.delete(oldest.name);
    oldest.address = 0;
    return address;
  }

  function addressOf(table: PlacedTable): number {
    if (table.address !== 0) {
      placed.delete(table.name);
      placed.set(table.name, table);
    }
    return table.address;
  }

  return {
    addressOf,
    build: (point) => {
      const name = String.fromCharCode(...point);
      const known = placed.get(name);
      const table = known ?? { name, address: freePlace() };
      if (known === undefined) {
        placed.set(name, table);
        exchange.write(0, point);
        wasm.buildTable(table.address);
      }
      addressOf(table);
      return table;
    },
  };
}

function publicKeyOf(
  point: Uint8Array,
  tables: Tables | undefined,
  wasm: WasmExports,
  exchange: Exchange,
): EcPublicKey {
  const table = tables?.build(point);
  return {
    get hasTable() {
      return table !== undefined && table.address !== 0;
    },
    verify: (e32, rs64) => {
      if (rs64.length !== 64 || e32.length !== 32) return false;
      exchange.write(0, point);
      exchange.write(itemsAt, e32);
      exchange.write(itemsAt + signatureAt, rs64);
      return wasm.verify(table === undefined ? 0 : (tables?.addressOf(table) ?? 0)) === 1;
    },
  };
}
