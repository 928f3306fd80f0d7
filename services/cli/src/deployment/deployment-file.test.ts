import { describe, expect, it } from "vitest";

import { isLoopback, parseDeployment } from "./index.ts";

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const deployment = {
  name: "demo",
  sandbox: true,
  trust: "governance/trust.json",
  services: {
    seal: { url: "http://localhost:7603/", database: "sqlite:seal/db.sqlite", audit_folder: "audit/seal" },
    sso: { url: "https://sso.gov.example", database: "postgres://db.gov.example/yinxin" },
  },
  officers: { "li-qiang": { name: "李强", store: "file:officers?pin-source=file:pin", label: "li-qiang" } },
};

describe("a deployment file", () => {
  it("names places beside itself", () => {
    const read = parseDeployment(bytesOf(deployment), "/srv/yinxin/deployment.json");
    expect(read.trustFile).toBe("/srv/yinxin/governance/trust.json");
    expect(read.services).toEqual([
      {
        name: "seal",
        url: "http://localhost:7603",
        database: "sqlite:/srv/yinxin/seal/db.sqlite",
        auditFolder: "/srv/yinxin/audit/seal",
      },
      { name: "sso", url: "https://sso.gov.example", database: "postgres://db.gov.example/yinxin" },
    ]);
    expect(read.officers[0]?.store).toBe("file:/srv/yinxin/officers?pin-source=file:/srv/yinxin/pin");
  });

  it.each([
    ["officers' keys outside a sandbox", { ...deployment, sandbox: false }, "no sandbox"],
    [
      "an open address elsewhere",
      { ...deployment, services: { seal: { url: "http://10.0.0.7" } } },
      "use https",
    ],
    [
      "an address of another kind",
      { ...deployment, services: { seal: { url: "file:///etc" } } },
      "services.seal.url",
    ],
    ["no trust", { ...deployment, trust: "" }, "trust"],
  ])("is refused with %s", (_name, value, words) => {
    expect(() => parseDeployment(bytesOf(value), "deployment.json")).toThrow(words);
  });

  it("is refused if it is not JSON", () => {
    expect(() => parseDeployment(Uint8Array.of(0xff), "deployment.json")).toThrow("not JSON");
  });

  it("knows what stays on this machine", () => {
    const hosts = ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"];
    expect(hosts.filter(isLoopback)).toEqual(hosts);
    expect(["localhost.example", "127.0.0.1.example", "10.0.0.1", "128.0.0.1"].filter(isLoopback)).toEqual(
      [],
    );
  });
});
