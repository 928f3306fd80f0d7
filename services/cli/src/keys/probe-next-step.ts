import type { ProbeReport, ProbeVerdict } from "@yinxin/hsm-adapters/probe";

import type { Bilingual } from "../terminal/index.ts";

/** Where it is explained, from the folder of the suite. */
const documentation = "hsm-adapters/docs/writing-a-profile.md";

/** What a vendor's library silently does without its configuration: find nothing, refuse, crash. */
const surroundings: Bilingual = {
  zh: "厂商的库可能需要自己的配置文件，或在本终端中 export 的环境变量（见厂商手册）",
  en: "a vendor's library may need its own configuration file, or an environment variable exported in this shell (see its manual)",
};

const steps: Readonly<Record<Exclude<ProbeVerdict, "usable" | "profile-missing">, Bilingual>> = {
  "no-device": {
    zh: `插好设备或初始化令牌，确认厂商自带工具能看到它；${surroundings.zh}；然后重新运行`,
    en: `connect the device or initialise its token, and see that the vendor's own tool finds it; ${surroundings.en}; then run this again`,
  },
  "unknown-family": {
    zh: "在厂商的软件包中另找含 C_GetFunctionList、SDF_OpenDevice 或 SKF_EnumDev 的库（nm -D LIBRARY.so）",
    en: "look in the vendor's package for the library with C_GetFunctionList, SDF_OpenDevice or SKF_EnumDev (nm -D LIBRARY.so)",
  },
  "profile-malformed": {
    zh: `改正上面指出的字段；所有字段见 ${documentation}`,
    en: `correct what is named above; ${documentation} explains every field`,
  },
  "not-loadable": {
    zh: "给出适用于本机的 .so 文件本身的路径（file LIBRARY.so），并安装它依赖的库（ldd LIBRARY.so）",
    en: "give the path of the .so file itself, built for this machine (file LIBRARY.so), and install what it depends on (ldd LIBRARY.so)",
  },
  crashed: {
    zh: `${surroundings.zh}；若仍崩溃，请把上面的函数名告知厂商`,
    en: `${surroundings.en}; if it still crashes, tell the vendor the function named above`,
  },
  hung: {
    zh: `确认设备可达；${surroundings.zh}；若仍无响应，请把上面的函数名告知厂商`,
    en: `see that the device can be reached; ${surroundings.en}; if it still hangs, tell the vendor the function named above`,
  },
  failed: {
    zh: `在厂商手册中查上面的错误；${surroundings.zh}`,
    en: `look the error above up in the vendor's manual; ${surroundings.en}`,
  },
};

const installation: Bilingual = {
  zh: "在安装目录运行 npm install --include=optional",
  en: "run npm install --include=optional where the suite is installed",
};

/** What a person does about a library that cannot be used as it is; undefined for one that can. */
export function nextStepOfProbe({ verdict, problem, profiles }: ProbeReport): Bilingual | undefined {
  if (verdict === "usable") return undefined;
  if (problem?.code === "native-module-missing") return installation;
  if (verdict !== "profile-missing") return steps[verdict];
  const nearest = profiles[0]?.profile ?? "";
  return {
    zh: `按 ${documentation} 编写，从最接近的 ${nearest} 开始`,
    en: `write one by ${documentation}, beginning with ${nearest}, which got furthest`,
  };
}
