import { describe, expect, it } from "vitest";
import { z } from "zod";

import { ConfigError, readConfig, serviceEnvironment } from "./index.ts";

const schema = z.object({
  ...serviceEnvironment(7603),
  SESSION_SECONDS: z.coerce.number().int().positive(),
  PASSPHRASE_FILE: z.string(),
});

const good = {
  DATABASE_URL: "sqlite:/data/db.sqlite",
  SESSION_SECONDS: "60",
  PASSPHRASE_FILE: "/run/passphrase",
};

function errorOf(env: Record<string, string>): ConfigError {
  try {
    readConfig(schema, env);
  } catch (cause) {
    if (cause instanceof ConfigError) return cause;
    throw cause;
  }
  throw new Error("the configuration was taken");
}

describe("the configuration", () => {
  it("is what the environment says, and defaults on loopback for the rest", () => {
    expect(
      readConfig(schema, {
        ...good,
        PATH: "/bin",
        ALLOWED_HOSTS: "a.example, b.example:8443,",
        LOG_LEVEL: "",
      }),
    ).toEqual({
      HOST: "127.0.0.1",
      PORT: 7603,
      METRICS_PORT: 7703,
      BASE_URL: "http://localhost:7603",
      ALLOWED_HOSTS: ["a.example", "b.example:8443"],
      DATABASE_URL: "sqlite:/data/db.sqlite",
      LOG_LEVEL: "info",
      YINXIN_SUPERVISED: false,
      SESSION_SECONDS: 60,
      PASSPHRASE_FILE: "/run/passphrase",
    });
  });

  it("names every variable that is wrong or missing, and never shows a value", () => {
    const error = errorOf({
      DATABASE_URL: "mysql://root:hunter2@db",
      SESSION_SECONDS: "sixty-s3cret",
      PORT: "70000",
    });
    expect([...error.variables].sort()).toEqual([
      "DATABASE_URL",
      "PASSPHRASE_FILE",
      "PORT",
      "SESSION_SECONDS",
    ]);
    expect(error.message).toContain("PASSPHRASE_FILE: is missing");
    expect(error.message).not.toMatch(/hunter2|s3cret|70000/);
  });

  it.each([
    ["BASE_URL", "http://localhost:7603/"],
    ["BASE_URL", "ftp://localhost"],
    ["BASE_URL", "localhost:7603"],
    ["PORT", "-1"],
    ["PORT", "1.5"],
    ["LOG_LEVEL", "loud"],
    ["YINXIN_SUPERVISED", "yes"],
    ["DATABASE_URL", "file:/data/db.sqlite"],
  ])("does not take %s=%s", (name, value) => {
    expect(errorOf({ ...good, [name]: value }).variables).toEqual([name]);
  });
});
