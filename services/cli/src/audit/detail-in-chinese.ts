/** Sentences of the verifier's reports, which are English for programs, and what they are for who reads Chinese. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^event (\d+) is not there$/, "第 $1 条事件不在了"],
  [/^event (\d+) does not fit its own hash$/, "第 $1 条事件与自身的摘要不符"],
  [/^event (\d+) stands at place (\d+)$/, "第 $1 条事件现在位于第 $2 条"],
  [/^an event that was never signed stands before event (\d+)$/, "第 $1 条事件之前有一条从未签过的事件"],
  [/^event (\d+) is gone and later ones were moved up$/, "第 $1 条事件已不在，其后的事件被前移"],
  [/^event (\d+) is not the one that was signed$/, "第 $1 条事件不是当初签过的那一条"],
  [/^the log ends before event (\d+)$/, "日志在第 $1 条事件之前就已结束"],
  [/^the database says that it has (\d+) events$/, "数据库自称有 $1 条事件"],
  [/^(\d+) events were signed, as is known outside of the database$/, "数据库之外已知签过 $1 条事件"],
  [/^the head is gone$/, "日志头已不在"],
  [/^between events (\d+) and (\d+)$/, "在第 $1 条与第 $2 条事件之间"],
  [/^(\S+) cosigned other events between (\d+) and (\d+)$/, "$1 见证过的第 $2 条至第 $3 条事件与此不同"],
  [
    /^(\S+) was counted (\d+) times and stands in (\d+) events$/,
    "密钥 $1 计为使用 $2 次，而日志中有 $3 条事件",
  ],
  [/^keys were used more often than events tell$/, "密钥的使用次数多于事件所记"],
  [/^the first trail did not hold at its event (\d+)$/, "旧审计链在第 $1 条事件处不成立"],
  [/^an event stands before the first$/, "第一条事件之前还有一条事件"],
  [/^searches do not find event (\d+)$/, "检索不到第 $1 条事件"],
  [/^the index has event (-?\d+), which is not there$/, "索引中有第 $1 条事件，而该事件并不存在"],
  [/^the folder has no checkpoint$/, "文件夹中没有检查点"],
  [/^there is no checkpoint$/, "没有检查点"],
  [/^no checkpoint has the witnesses that the policy asks for$/, "没有检查点具备策略要求的见证人"],
];

/** What follows another sentence of the verifier. */
const andUnknown = ", and the database does not know that it was";

/** A detail of the verifier's report in Chinese; what is not known here, like the words of an operating system, as it is. */
export function detailInChinese(detail: string): string {
  if (detail.endsWith(andUnknown))
    return `${detailInChinese(detail.slice(0, -andUnknown.length))}，而数据库对此并不知情`;
  const found = sentences.find(([pattern]) => pattern.test(detail));
  return found === undefined ? detail : detail.replace(found[0], found[1]);
}
