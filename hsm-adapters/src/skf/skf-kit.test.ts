import { randomBytes } from "node:crypto";

import { utf8Of } from "@yinxin/crypto/bytes";
import { expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { createSkfPlace, skfFixtureTools, skfLayouts } from "../../testing/skf-fixture/index.ts";
import type { SkfPlace } from "../../testing/skf-fixture/index.ts";
import { openSkfStore } from "../../testing/skf-fixture/open-skf-store.ts";
import { runConformance } from "../conformance/index.ts";
import type { ConformanceHooks, ConformanceRow } from "../conformance/index.ts";
import { parseKeyUri } from "../key-store/index.ts";

/** The kit waits for the deadline once; a machine with much to do needs the rest of it. */
const options = { deadlineMilliseconds: 2_500, requestMilliseconds: 2_500, pollRemovedMilliseconds: 50 };

function hooksOf(place: SkfPlace): ConformanceHooks {
  let timesRead = 0;
  const wrongPin = {
    read: () => {
      timesRead += 1;
      return Promise.resolve(utf8Of("111222"));
    },
  };
  return {
    wrongPin: {
      open: () => openSkfStore(place, { options, pin: wrongPin }),
      timesRead: () => timesRead,
    },
    removeDevice: () => {
      place.remove();
      return Promise.resolve(() => {
        place.insert();
        return Promise.resolve();
      });
    },
    hangDriver: () => {
      place.tell("SKF_ECCSignData hang");
      return Promise.resolve(() => {
        place.tell();
      });
    },
    unknownUri: parseKeyUri("skf:serial=YX2026000001;application=yinxin;container=nobody"),
  };
}

async function rowsOf(place: SkfPlace): Promise<readonly ConformanceRow[]> {
  const rows: ConformanceRow[] = [];
  const kit = runConformance(() => openSkfStore(place, { options }), {
    makesKeys: "if-destroyable",
    openings: 1,
    soakMilliseconds: 100,
    deadlineMilliseconds: options.deadlineMilliseconds,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    hooks: hooksOf(place),
  });
  for await (const row of kit) rows.push(row);
  return rows;
}

// All at once, because most of it is waiting.
toolTest(skfFixtureTools, "the conformance kit passes on SKF libraries of every layout", async () => {
  const places = skfLayouts.map((layout) => createSkfPlace(layout));
  try {
    const tables = await Promise.all(places.map(rowsOf));
    for (const [at, rows] of tables.entries()) {
      const notPassed = rows.filter(({ result }) => result !== "passed");
      expect(
        notPassed.map(({ name, result }) => `${name} ${result}`),
        skfLayouts[at],
      ).toEqual(["session-lost not-applicable"]);
      expect(rows.length, skfLayouts[at]).toBeGreaterThanOrEqual(16);
    }
  } finally {
    for (const place of places) place.dispose();
  }
});
