import { describe, expect, it } from "vitest";

import { cookieLine, readCookie } from "./cookies.ts";

describe("a cookie of the desk", () => {
  it("is read by its whole name, among others and those of other services", () => {
    const header =
      "yinxin_sso_session=a; xyinxin_desk_session=b; yinxin_desk_session=c; yinxin_desk_session_old=d";
    expect(readCookie(header, "session")).toBe("c");
    expect(readCookie(header, "login")).toBeUndefined();
    expect(readCookie("yinxin_desk_session=", "session")).toBeUndefined();
    expect(readCookie(undefined, "session")).toBeUndefined();
  });

  it("cannot be read by script nor sent by other sites' forms, and stays on https where that is", () => {
    expect(cookieLine("session", "s", { isSecure: false })).toBe(
      "yinxin_desk_session=s; Path=/; HttpOnly; SameSite=Lax",
    );
    expect(cookieLine("login", "s", { path: "/callback", maxAgeSeconds: 60, isSecure: true })).toBe(
      "yinxin_desk_login=s; Path=/callback; HttpOnly; SameSite=Lax; Max-Age=60; Secure",
    );
  });

  it("is removed by an empty value", () => {
    expect(cookieLine("session", "", { isSecure: false })).toContain("; Max-Age=0");
  });
});
