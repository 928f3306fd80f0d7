/**
 * Files that only their owner may touch, written whole or not at all.
 *
 * Nothing here keeps a secret by itself: what is secret in a file is encrypted. It keeps others from changing a file, and a crash from
 * leaving half of one.
 */
export {
  checkOwnFolder,
  createPrivateFile,
  openPrivateFolder,
  readOwnFile,
  readPrivateFile,
  readSecretFile,
  removePrivateFile,
  replacePrivateFile,
} from "./private-files.ts";
