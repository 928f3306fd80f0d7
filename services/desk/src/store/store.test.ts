import { createAuditTrail } from "@yinxin/service-kit/audit";
import { describeOnBothDatabases } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { migrations } from "../../migrations/index.ts";
import { deskEvents } from "../domain/desk-events.ts";
import type { StampResult } from "../domain/seal.ts";
import { addMinutes } from "../domain/session.ts";
import type { Session } from "../domain/session.ts";
import { createLoginStore, createResultStore, createSessionStore } from "./index.ts";
import type { DeskSchema } from "./index.ts";

const start = new Date("2026-11-21T02:00:00.000Z");

const session: Session = {
  idDigest: "d1",
  formToken: "t",
  accessToken: "at",
  idToken: "it",
  personId: "psn_1",
  personName: "张·敏",
  organizationName: "杭州市测试审批局",
  lastSeenAt: start,
  tokenExpiresAt: addMinutes(start, 60),
};

const sessionsIn = (db: Kysely<DeskSchema>) => createSessionStore(db, createAuditTrail(db, deskEvents));
const resultsIn = (db: Kysely<DeskSchema>) => createResultStore(db, createAuditTrail(db, deskEvents));
const by = { personId: "psn_1", at: start };

describeOnBothDatabases<DeskSchema>("the store of sessions", migrations, (open) => {
  it("gives back what was put, moves the last visit and removes", async () => {
    const sessions = sessionsIn(await open());
    await sessions.add(session);
    expect(await sessions.find("d1")).toEqual(session);
    await sessions.touch("d1", addMinutes(start, 5));
    expect(await sessions.find("d1")).toEqual({ ...session, lastSeenAt: addMinutes(start, 5) });
    await sessions.end(session, start);
    expect(await sessions.find("d1")).toBeUndefined();
  });

  it("removes those that are idle and those whose token has ended", async () => {
    const sessions = sessionsIn(await open());
    await sessions.add({ ...session, idDigest: "living", lastSeenAt: addMinutes(start, 31) });
    await sessions.add({ ...session, idDigest: "idle" });
    await sessions.add({
      ...session,
      idDigest: "ended",
      lastSeenAt: addMinutes(start, 31),
      tokenExpiresAt: start,
    });
    await sessions.removeExpired(addMinutes(start, 32), addMinutes(start, 2));
    expect(await sessions.find("living")).toBeDefined();
    expect(await sessions.find("idle")).toBeUndefined();
    expect(await sessions.find("ended")).toBeUndefined();
  });
});

describeOnBothDatabases<DeskSchema>("the store of logins", migrations, (open) => {
  const login = {
    idDigest: "l",
    state: "s",
    nonce: "n",
    verifier: "v",
    returnPath: "/stamp",
    expiresAt: addMinutes(start, 30),
  };

  it("gives a login to one of many who ask", async () => {
    const logins = createLoginStore(await open());
    await logins.add(login);
    const taken = await Promise.all([1, 2, 3].map(() => logins.take("l")));
    expect(taken.filter((found) => found !== undefined)).toEqual([login]);
  });

  it("removes those that nobody came back from", async () => {
    const logins = createLoginStore(await open());
    await logins.add(login);
    await logins.removeExpired(addMinutes(start, 30));
    expect(await logins.take("l")).toBeUndefined();
  });
});

describeOnBothDatabases<DeskSchema>("the store of results", migrations, (open) => {
  const result: StampResult = {
    id: "r1",
    sessionDigest: "d1",
    applicationId: "app_1",
    fileName: "批复-已盖章.ofd",
    format: "ofd",
    digest: "sm3:00",
    content: new Uint8Array([0, 1, 255]),
    sealName: "杭州市测试审批局",
    signedAt: start,
    expiresAt: addMinutes(start, 10),
  };

  it("gives back the file byte for byte", async () => {
    const results = resultsIn(await open());
    await results.add(result, by);
    expect(await results.find("r1")).toEqual(result);
    expect(await results.find("r2")).toBeUndefined();
  });

  it("hands files over to the session that follows, and removes by session and by time", async () => {
    const results = resultsIn(await open());
    await results.add(result, by);
    await results.moveToSession("d1", "d2");
    await results.removeOfSession("d1");
    expect((await results.find("r1"))?.sessionDigest).toBe("d2");
    await results.removeExpired(addMinutes(start, 9));
    expect(await results.find("r1")).toBeDefined();
    await results.removeExpired(addMinutes(start, 10));
    expect(await results.find("r1")).toBeUndefined();
  });
});
