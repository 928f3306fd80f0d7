import { ConfigError, readConfig } from "@yinxin/service-kit/config";
import { describe, expect, it } from "vitest";

import { ledgerEnvironment } from "./config.ts";

const complete = {
  DATABASE_URL: "sqlite:/data/db.sqlite",
  KEY_STORE_FOLDER: "/data/keys",
  KEY_STORE_PASSPHRASE_FILE: "/data/passphrase",
  SSO_ISSUER: "http://localhost:7601",
  TRUST_FILE: "/data/trust.pem",
  PKI_URL: "http://localhost:7605",
  AUDIT_FOLDER: "/data/audit",
  AUDIT_ORIGIN: "ledger.test/audit",
  CLIENT_ID: "ledger",
  SEAL_URL: "http://localhost:7603",
  LEDGER_FONT_FILE: "/data/font.otf",
};

describe("the ledger's environment", () => {
  it("has the suite's port and a name for the log unless told otherwise", () => {
    const config = readConfig(ledgerEnvironment, complete);
    expect(config).toMatchObject({ PORT: 7604, METRICS_PORT: 7704, LEDGER_ORIGIN: "yinxin.local/ledger" });
  });

  it("is refused by the name of each variable that is missing or does not fit", () => {
    for (const name of Object.keys(complete)) {
      expect(() => readConfig(ledgerEnvironment, { ...complete, [name]: undefined }), name).toThrow(
        expect.objectContaining({ constructor: ConfigError, variables: [name] }),
      );
    }
    const spaced = { ...complete, LEDGER_ORIGIN: "a log\nof mine" };
    expect(() => readConfig(ledgerEnvironment, spaced)).toThrow("LEDGER_ORIGIN");
  });
});
