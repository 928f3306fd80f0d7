import { bytesOfHex, concatBytes, utf8Of } from "../src/bytes/index.ts";
import { bitString, contextExplicit, octetString, oid, sequence, smallInteger } from "../src/der/index.ts";

const compact = (text: string): Uint8Array => bytesOfHex(text.replaceAll(" ", ""));

const point = concatBytes(
  Uint8Array.of(0x04),
  compact("09F9DF31 1E5421A1 50DD7D16 1E4BC5C6 72179FAD 1833FC07 6BB08FF3 56F35020"),
  compact("CCEA490C E26775A5 2DC6EA71 8CC1AA60 0AED05FB F35E084A 6632F607 2DA9AD13"),
);
const privateKey = compact("3945208F 7B2144B1 3F36E38A C6D39F95 88939369 2860B51A 42FB81EF 4DF7C5B8");
const algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"));

/** The signature example of GB/T 32918.5-2017 annex A.2, over the curve sm2p256v1. Its private key is public. */
export const sm2Example = {
  userId: utf8Of("1234567812345678"),
  message: utf8Of("message digest"),
  z: compact("B2E14C5C 79C6DF5B 85F4FE7E D8DB7A26 2B9DA7E0 7CCB0EA9 F4747B8C CDA8A4F3"),
  /** e = SM3(Z ‖ M). */
  e: compact("F0B43E94 BA45ACCA ACE692ED 534382EB 17E6AB5A 19CE7B31 F4486FDF C0D28640"),
  r: compact("F5A03B06 48D2C463 0EEAC513 E1BB81A1 5944DA38 27D5B741 43AC7EAC EEE720B3"),
  s: compact("B1B6AA29 DF212FD8 763182BC 0D421CA1 BB9038FD 1F7F42D4 840B69C4 85BBC1AA"),
  spki: sequence(algorithm, bitString(point)),
  pkcs8: sequence(
    smallInteger(0),
    algorithm,
    octetString(sequence(smallInteger(1), octetString(privateKey), contextExplicit(1, bitString(point)))),
  ),
};
