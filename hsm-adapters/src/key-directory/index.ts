/**
 * The keys of one service, in whatever devices they are.
 *
 * A service names its keys by labels, `file:token`, in its code and its database. {@link openKeyDirectory} is the store that
 * gives such a service its keys out of several device stores: a JSON file says which label leads to which key of which device,
 * and routes say which store has the new keys of an algorithm. A store that cannot make keys (a cipher machine, whose
 * operator fills the next index) has its keys adopted one after the other.
 */
export { openKeyDirectory } from "./open-key-directory.ts";
export type { DirectoryStore, KeyDirectoryOptions, KeyRoute } from "./directory-options.ts";
