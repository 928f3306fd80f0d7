import type { ProbeReport } from "@yinxin/hsm-adapters/probe";
import { describe, expect, it } from "vitest";

import { renderProbe } from "./render-probe.ts";

const nothing = { path: "/opt/vendor/lib.so", families: [], profiles: [], stores: [] };

describe("what is printed of a probe", () => {
  it("names a field that could not be tested, and why, in both languages", () => {
    const report: ProbeReport = {
      ...nothing,
      verdict: "usable",
      stores: ["sdf:?module-path=/opt/vendor/lib.so&profile=sdf-mine"],
      profiles: [
        {
          profile: "sdf-mine",
          family: "sdf",
          result: "fits",
          tested: ["eccMaximumBits"],
          notTested: [
            {
              field: "cipherLayout",
              call: "SDF_ExternalEncrypt_ECC",
              answer: "SDR_ALGNOTSUPPORT (0x01000009)",
              check: "algorithmIds",
            },
          ],
        },
      ],
    };
    expect(renderProbe(report, "en")).toContain(
      "not tested: cipherLayout (SDF_ExternalEncrypt_ECC answered SDR_ALGNOTSUPPORT (0x01000009); check algorithmIds)",
    );
    expect(renderProbe(report, "zh")).toContain(
      "未测试: cipherLayout（SDF_ExternalEncrypt_ECC 返回 SDR_ALGNOTSUPPORT (0x01000009)；请核对 algorithmIds）",
    );
    expect(renderProbe(report, "en")).toMatch(/\nnext: yinxin keys list --store '.*' --pin-file FILE\n$/);
  });

  it.each([
    ["no-device", /^next: .*configuration file, or an environment variable/m],
    ["unknown-family", /^next: .*SDF_OpenDevice/m],
    ["profile-missing", /^next: .*hsm-adapters\/docs\/writing-a-profile\.md/m],
    ["profile-malformed", /^next: .*hsm-adapters\/docs\/writing-a-profile\.md/m],
    ["not-loadable", /^next: give the path/m],
    ["crashed", /^next: .*tell the vendor/m],
    ["hung", /^next: .*tell the vendor/m],
    ["failed", /^next: .*manual/m],
  ] as const)("ends with a next step when the verdict is %s", (verdict, step) => {
    expect(renderProbe({ ...nothing, verdict }, "en")).toMatch(step);
    expect(renderProbe({ ...nothing, verdict }, "zh")).toContain("\n下一步: ");
  });
});
