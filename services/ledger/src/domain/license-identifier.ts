/** The root of every license identifier (GB/T 36904-2018). */
const root = "1.2.156.3005.2";

/** ISO/IEC 7064: the value of a character is its place. */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Of the serial part, chosen by us: 20 characters hold 103 random bits, so that nobody can guess one. */
const serialCharacters = 20;

/** The parts of a license identifier (电子证照标识), GB/T 36904-2018. */
export interface LicenseIdentifierParts {
  /** 21 characters: the defining authority's unified social credit code and a number of three digits. */
  readonly typeCode: string;
  /** The issuing authority's unified social credit code; 18 characters. */
  readonly issuerCode: string;
  readonly serial: string;
  /** Three digits; `001` for the first. */
  readonly version: string;
}

/** The identifier with its check character. @throws RangeError for parts that cannot stand in one. */
export function formatLicenseIdentifier(parts: LicenseIdentifierParts): string {
  const { typeCode, issuerCode, serial, version } = parts;
  const body = `${typeCode}.${issuerCode}.${serial}.${version}`;
  if (!/^[0-9A-Z]{21}\.[0-9A-Z]{18}\.[0-9A-Z]{1,40}\.[0-9]{3}$/.test(body)) {
    throw new RangeError("these parts do not make a license identifier");
  }
  return `${root}.${body}.${checkCharacterOf(body.replaceAll(".", ""))}`;
}

/**
 * Whether this is a license identifier whose check character is right. Issuer codes of older systems, area codes of 6 or
 * unit codes of 21 characters, are read too; we write none.
 */
export function isLicenseIdentifier(text: string): boolean {
  const match =
    /^1\.2\.156\.3005\.2\.([0-9A-Z]{21}\.[0-9A-Z]{6,21}\.[0-9A-Z]{1,40}\.[0-9]{3})\.([0-9A-Z])$/.exec(text);
  const [, body, check] = match ?? [];
  return body !== undefined && check === checkCharacterOf(body.replaceAll(".", ""));
}

/** A serial part that says nothing about the license: never its number, which may hold an identity number. */
export function createSerial(randomBytes: (size: number) => Uint8Array): string {
  let serial = "";
  while (serial.length < serialCharacters) {
    for (const byte of randomBytes(serialCharacters)) {
      // 252 is the largest multiple of 36: without the bound, the first characters would come more often.
      if (byte < 252 && serial.length < serialCharacters) serial += alphabet.charAt(byte % 36);
    }
  }
  return serial;
}

/** ISO/IEC 7064 MOD 37,36: finds every single changed character and nearly every exchange of two neighbours. */
function checkCharacterOf(characters: string): string {
  let product = 36;
  for (const character of characters) {
    const sum = (product + alphabet.indexOf(character)) % 36;
    product = ((sum === 0 ? 36 : sum) * 2) % 37;
  }
  return alphabet.charAt((37 - product) % 36);
}
