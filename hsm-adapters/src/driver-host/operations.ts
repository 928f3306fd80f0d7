/** What a driver host can be asked: the kind of a frame on its way there. */
export const operations = {
  /** Loads the code of a family, without the vendor's library: what a spare host has done already. */
  load: 1,
  open: 2,
  pinStatus: 3,
  login: 4,
  logout: 5,
  listKeys: 6,
  findKey: 7,
  refresh: 8,
  openSession: 9,
  sign: 10,
  decrypt: 11,
  validateSession: 12,
  closeSession: 13,
  random: 14,
  generateKey: 15,
  importKey: 16,
  destroyKey: 17,
  readCertificate: 18,
  writeCertificate: 19,
  close: 20,
} as const;
