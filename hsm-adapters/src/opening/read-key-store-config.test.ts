import { describe, expect, it } from "vitest";

import { readKeyStoreConfig } from "./index.ts";

const token = "pkcs11:token=yx?module-path=/usr/lib/token.so&pin-source=file:/run/pin";
const good = {
  mode: "sandbox",
  directory: "/data/directory.json",
  stores: {
    token: {
      uri: token,
      sessions: 8,
      exclusive: true,
      deadline_milliseconds: 5000,
      environment: { SOFTHSM2_CONF: "/etc/softhsm2.conf" },
      driver: { readWrite: true },
    },
    machine: { uri: "sdf:?module-path=/usr/lib/sdf.so&profile=sdf-standard&indexes=1-8", mode: "production" },
  },
  routes: [
    { algorithms: ["ES256", "RS256"], store: "token" },
    { algorithms: ["SM2"], store: "machine", indexes: "3-8" },
    { algorithms: ["Ed25519"], store: "files" },
  ],
  programs: { driver_host: "/opt/host.mjs", verifier: "/opt/verifier.mjs", verifier_workers: 2 },
};

describe("the configuration of a key store", () => {
  it("says where the stores are, how they are driven, and which algorithm goes where", () => {
    expect(readKeyStoreConfig(JSON.stringify(good))).toEqual({
      directoryFile: "/data/directory.json",
      stores: [
        {
          name: "token",
          uri: token,
          isExclusive: true,
          settings: {
            mode: "sandbox",
            sessions: 8,
            deadlineMilliseconds: 5000,
            environment: { SOFTHSM2_CONF: "/etc/softhsm2.conf" },
            driver: { readWrite: true },
          },
        },
        {
          name: "machine",
          uri: good.stores.machine.uri,
          isExclusive: false,
          settings: { mode: "production" },
        },
      ],
      routes: [
        { algorithms: ["ES256", "RS256"], store: "token" },
        { algorithms: ["SM2"], store: "machine", indexes: { first: 3, last: 8 } },
        { algorithms: ["Ed25519"], store: "files" },
      ],
      driverHostProgram: "/opt/host.mjs",
      verifierProgram: "/opt/verifier.mjs",
      verifierWorkers: 2,
    });
  });

  it("is for production unless it says otherwise, and needs no programs of its own", () => {
    const config = readKeyStoreConfig(JSON.stringify({ ...good, mode: undefined, programs: undefined }));
    expect(config.stores[0]?.settings.mode).toBe("production");
    expect(config).toMatchObject({ verifierWorkers: 1 });
    expect(config).not.toHaveProperty("driverHostProgram");
  });

  const withStore = (store: object) => ({ ...good, stores: { ...good.stores, token: store } });
  it.each<[string, object, RegExp]>([
    ["a member that there is not", { ...good, store: {} }, /^store must be left out/],
    ["no directory", { ...good, directory: undefined }, /^directory/],
    ["a relative directory", { ...good, directory: "keys.json" }, /^directory must be an absolute path/],
    ["no stores", { ...good, stores: undefined }, /^stores must be an object/],
    ["a store without a URI", withStore({ sessions: 2 }), /^stores\.token\.uri/],
    ["a URI that is none", withStore({ uri: "token" }), /begins with one of/],
    ["a word for yes", withStore({ uri: token, exclusive: "yes" }), /^stores\.token\.exclusive/],
    ["no session", withStore({ uri: token, sessions: 0 }), /^stores\.token\.sessions/],
    [
      "a variable that is no text",
      withStore({ uri: token, environment: { A: 1 } }),
      /^stores\.token\.environment/,
    ],
    ["a misspelt member of a store", withStore({ uri: token, session: 2 }), /^stores\.token\.session must/],
    ["another mode", { ...good, mode: "test" }, /^mode must be one of production, sandbox/],
    ["a store of the folder's name", { ...good, stores: { files: { uri: token } } }, /^stores\.files/],
    [
      "a route to no store",
      { ...good, routes: [{ algorithms: ["SM2"], store: "x" }] },
      /^routes\[0\]\.store must be one of token, machine, files/,
    ],
    [
      "a route for no algorithm",
      { ...good, routes: [{ algorithms: ["SM9"], store: "token" }] },
      /^routes\[0\]\.algorithms/,
    ],
    [
      "a range that ends before it begins",
      { ...good, routes: [{ algorithms: ["SM2"], store: "machine", indexes: "8-3" }] },
      /^routes\[0\]\.indexes/,
    ],
    ["a program that is no path", { ...good, programs: { verifier: "x" } }, /^programs\.verifier/],
  ])("is refused with %s, and the member is named", (_, config, message) => {
    expect(() => readKeyStoreConfig(JSON.stringify(config))).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        message: expect.stringMatching(message) as string,
      }),
    );
  });

  it("is refused if it is not JSON, without a word of it: a PIN may be in it", () => {
    expect(() => readKeyStoreConfig('{"pin": 648219')).toThrow("the key-store configuration is not JSON");
    for (const text of ["[]", "null", "1"]) {
      expect(() => readKeyStoreConfig(text)).toThrow("the file must be an object");
    }
  });
});
