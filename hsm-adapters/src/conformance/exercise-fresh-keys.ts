import { failed, notApplicable, passed } from "./conformance-row.ts";
import type { Exercise } from "./trial.ts";

export const makesFreshKeys: Exercise = {
  name: "fresh-keys",
  title: { en: "makes a different key each time", zh: "每次生成不同的密钥" },
  run: ({ made }) => {
    const count = String(made.count);
    if (made.count < 2)
      return Promise.resolve(notApplicable("fewer than two keys were made", "生成的密钥不足两个"));
    return Promise.resolve(
      made.repeated > 0
        ? failed(
            `of ${count} keys, ${String(made.repeated)} were made before`,
            `${count} 个密钥中有 ${String(made.repeated)} 个重复`,
          )
        : passed(`${count} keys, all different`, `${count} 个密钥互不相同`),
    );
  },
};
