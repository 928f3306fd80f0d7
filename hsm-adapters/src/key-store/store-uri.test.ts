import { describe, expect, it } from "vitest";

import { parseStoreUri } from "./index.ts";

describe("the URI of a store", () => {
  it.each([
    [
      "file:/var/keys?pin-source=file:/run/pass&cipher=sm4-gcm",
      { folder: "/var/keys" },
      { "pin-source": "file:/run/pass", cipher: "sm4-gcm" },
    ],
    [
      "pkcs11:serial=d6dc;token=yx%201?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin",
      { serial: "d6dc", token: "yx 1" },
      { "module-path": "/usr/lib/softhsm/libsofthsm2.so", "pin-source": "file:/run/pin" },
    ],
    [
      "sdf:?module-path=/opt/libsdf.so&profile=/etc/vendor.json&indexes=1-8",
      {},
      { "module-path": "/opt/libsdf.so", profile: "/etc/vendor.json", indexes: "1-8" },
    ],
    [
      "skf:device=K1;application=%E7%AD%BE?module-path=/opt/skf.so&profile=standard&pin-source=prompt:",
      { device: "K1", application: "签" },
      { "module-path": "/opt/skf.so", profile: "standard", "pin-source": "prompt:" },
    ],
    ["piv:serial=", { serial: "" }, {}],
    [
      "remote:host=hall.example;port=7443?certificate=file:/c.pem&key=file:/k.pem&ca=file:/ca.pem",
      { host: "hall.example", port: "7443" },
      { certificate: "file:/c.pem", key: "file:/k.pem", ca: "file:/ca.pem" },
    ],
    ["simulator:", {}, {}],
  ])("%s says where it is and how to open it", (text, path, query) => {
    const parts = parseStoreUri(text);
    expect(parts.scheme).toBe(text.slice(0, text.indexOf(":")));
    expect(Object.fromEntries(parts.path)).toEqual(path);
    expect(Object.fromEntries(parts.query)).toEqual(query);
  });

  it.each([
    ["another scheme", "tpm:", /begins with one of/],
    ["no library", "pkcs11:token=a", /needs module-path/],
    ["a slot", "pkcs11:slot-id=3?module-path=/a.so", /slots anew/],
    ["an unknown attribute", "pkcs11:object=a?module-path=/a.so", /no "object"/],
    ["an unknown attribute in the query", "pkcs11:?module-path=/a.so&x-extra=1", /no "x-extra"/],
    ["an attribute twice", "pkcs11:?module-path=/a.so&module-path=/b.so", /twice/],
    ["an empty path of a library", "pkcs11:?module-path=", /empty/],
    ["a space", "pkcs11:token=a b?module-path=/a.so", /escaped/],
    ["a slash in its first part", "pkcs11:token=a/b?module-path=/a.so", /escaped/],
    ["half an escape", "pkcs11:token=a%2?module-path=/a.so", /escaped/],
    ["octets that are not UTF-8", "pkcs11:token=%ff?module-path=/a.so", /UTF-8/],
    ["a zero octet", "pkcs11:token=a%00?module-path=/a.so", /zero/],
    ["a part without a name", "pkcs11:token?module-path=/a.so", /name=value/],
    ["a relative folder", "file:keys", /absolute/],
    ["9,001 characters", `file:/${"a".repeat(9_000)}`, /too long/],
  ])("is refused with %s", (_, text, reason) => {
    expect(() => parseStoreUri(text)).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        message: expect.stringMatching(reason) as string,
      }),
    );
  });

  it("takes no PIN, and does not repeat it", () => {
    try {
      parseStoreUri("pkcs11:token=a?module-path=/a.so&pin-value=648219");
      expect.unreachable();
    } catch (cause) {
      expect((cause as Error).message).toMatch(/a PIN does not belong in a URI.*pin-source/);
      expect((cause as Error).message).not.toContain("648219");
    }
  });
});
