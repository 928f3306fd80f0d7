import { hexOf } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import type { ProofsOfExistence } from "../revocation/index.ts";

/** Since when objects are proven to exist, by their digests (ETSI EN 319 102-1 §5.6.2.3). A value: it never changes. */
export interface GatheredProofs extends ProofsOfExistence {
  /** The same with proofs that all of these existed at a time; of two proofs for one object the earlier counts. */
  with(objects: Iterable<Uint8Array>, time: Date): GatheredProofs;
}

/** No proof of anything: what is at hand exists today. */
export const nothingProven: GatheredProofs = gathered(new Map());

function gathered(times: ReadonlyMap<string, Date>): GatheredProofs {
  // Lists have megabytes and are asked for again with every certificate of a path.
  const names = new WeakMap<Uint8Array, string>();
  const nameOf = (object: Uint8Array): string => {
    const name = names.get(object) ?? digestNameOf(object);
    names.set(object, name);
    return name;
  };
  return {
    earliestOf: (object) => (times.size === 0 ? undefined : times.get(nameOf(object))),
    with(objects, time) {
      const more = new Map(times);
      for (const object of objects) {
        const name = nameOf(object);
        const known = more.get(name);
        if (known === undefined || time < known) more.set(name, time);
      }
      return gathered(more);
    },
  };
}

/** Whatever an index of a time stamp is digested with, objects are told apart here by one algorithm. */
function digestNameOf(object: Uint8Array): string {
  return hexOf(digest("SHA-256", object));
}
