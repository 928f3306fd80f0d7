import type { KeyStoreErrorCode } from "./key-store-error.ts";

/** What one code says to people: what happened, and what to do now. */
export interface KeyStoreErrorText {
  readonly zh: readonly [title: string, nextStep: string];
  readonly en: readonly [title: string, nextStep: string];
  /** Whether the same request may succeed later although nobody did anything. */
  readonly retriable: boolean;
}

/** One row for each code, in the order of the codes. */
export const errorTexts: Readonly<Record<KeyStoreErrorCode, KeyStoreErrorText>> = {
  "key-not-found": {
    zh: [
      "没有这个密钥。",
      "用 yinxin keys list --store URI 查看该处有哪些密钥；若刚用其他工具生成，请先刷新。",
    ],
    en: [
      "There is no such key.",
      "See which keys are there: yinxin keys list --store URI. If another tool has just made it, refresh first.",
    ],
    retriable: false,
  },
  "key-exists": {
    zh: [
      "这个标签已被另一个密钥占用，原密钥未改动。",
      "换一个标签（--label）再运行同一命令，或用 yinxin keys show 密钥URI --store URI 查看已有的密钥。",
    ],
    en: [
      "Another key already has this label; it was not touched.",
      "Run the same command with another --label, or look at the key that is there: yinxin keys show KEY-URI --store URI.",
    ],
    retriable: false,
  },
  "key-uri-malformed": {
    zh: ["这不是规范的密钥 URI 或标签。", "从 yinxin keys list --store URI 的输出中复制 URI，不要手写。"],
    en: [
      "This is not a well-formed key URI or label.",
      "Copy the URI from yinxin keys list --store URI instead of writing it by hand.",
    ],
    retriable: false,
  },
  "algorithm-not-supported": {
    zh: [
      "该密钥或设备不支持这种算法。",
      "换用它支持的算法：密钥的算法见 yinxin keys show URI --store URI，设备能生成哪些见 yinxin keys probe LIB。",
    ],
    en: [
      "The key or the device does not do this algorithm.",
      "Choose one that it does: yinxin keys show URI --store URI names a key's, yinxin keys probe LIB a device's.",
    ],
    retriable: false,
  },
  "operation-not-supported": {
    zh: ["设备没有这项功能。", "改用厂商自带的工具完成；yinxin keys probe LIB 会列出设备的功能。"],
    en: [
      "The device cannot do this.",
      "Do it with the vendor's own tool; yinxin keys probe LIB lists what the device can do.",
    ],
    retriable: false,
  },
  "key-store-closed": {
    zh: ["密钥库已关闭。", "重新启动使用它的服务，或重新运行命令。"],
    en: ["The key store was closed.", "Start the service that uses it again, or run the command again."],
    retriable: false,
  },
  "passphrase-wrong": {
    zh: [
      "口令打不开这个密钥文件夹。",
      '核对口令文件，再运行 yinxin keys list --store "file:/文件夹?pin-source=file:/口令文件"。',
    ],
    en: [
      "The passphrase does not open this folder of keys.",
      'Check the passphrase file, then run yinxin keys list --store "file:/FOLDER?pin-source=file:/FILE".',
    ],
    retriable: false,
  },
  "pin-required": {
    zh: [
      "需要 PIN 或口令，但没有提供。",
      "加 --pin-file 文件（权限 0400），或在存储 URI 中写 pin-source=file:/路径，或写 pin-source=prompt: 当场输入。",
    ],
    en: [
      "A PIN or passphrase is needed and none was given.",
      "Give --pin-file FILE (mode 0400), or add pin-source=file:/PATH to the store's URI, or pin-source=prompt: to type it.",
    ],
    retriable: false,
  },
  "pin-incorrect": {
    zh: [
      "PIN 不正确。不会自动重试。",
      "确认 PIN 后再手动运行一次 yinxin keys list --store URI；切勿反复猜测，设备会锁死。",
    ],
    en: [
      "The PIN is wrong. It is not tried again by itself.",
      "Make sure of the PIN, then run yinxin keys list --store URI once by hand; guessing locks the device.",
    ],
    retriable: false,
  },
  "pin-locked": {
    zh: ["PIN 已锁死。", "请安全主管用厂商工具解锁，然后运行 yinxin keys list --store URI 确认。"],
    en: [
      "The PIN is locked.",
      "The security officer unblocks it with the vendor's tool; then run yinxin keys list --store URI to make sure.",
    ],
    retriable: false,
  },
  "pin-expired": {
    zh: [
      "PIN 已过期，必须先修改。",
      "用厂商工具修改 PIN，更新 PIN 文件，再运行 yinxin keys list --store URI。",
    ],
    en: [
      "The PIN has expired and must be changed.",
      "Change it with the vendor's tool, replace the PIN file, then run yinxin keys list --store URI.",
    ],
    retriable: false,
  },
  "pin-latched": {
    zh: [
      "之前的 PIN 被拒绝，因此不再登录，以免锁死设备。",
      "改正 PIN 文件后重新启动服务；先用 yinxin keys list --store URI 试一次。",
    ],
    en: [
      "A PIN was refused before, so nothing logs in any more: the device would lock.",
      "Correct the PIN file and start the service again; try it once before with yinxin keys list --store URI.",
    ],
    retriable: false,
  },
  "pin-last-try": {
    zh: [
      "PIN 只剩最后一次机会，未作尝试。",
      "确信 PIN 正确时，加 --last-try 运行 yinxin keys list --store URI。",
    ],
    en: [
      "Only one try is left for the PIN, and it was not used.",
      "If you are certain of the PIN, run yinxin keys list --store URI --last-try.",
    ],
    retriable: false,
  },
  "pin-default": {
    zh: [
      "这是出厂默认 PIN 一类的弱 PIN，生产模式不予使用。",
      "用厂商工具改成自己的 PIN，更新 PIN 文件，再运行 yinxin keys list --store URI；若只是测试令牌，加 --sandbox。",
    ],
    en: [
      "This PIN is a factory default or as easy to guess; production mode does not use it.",
      "Set a PIN of your own with the vendor's tool, replace the PIN file, then run yinxin keys list --store URI; for a test token add --sandbox.",
    ],
    retriable: false,
  },
  "pin-file-permissions": {
    zh: [
      "PIN 文件可被他人读取，或不是普通文件。",
      "运行 chmod 0400 PIN文件，并确认属主是运行服务的用户，再运行 yinxin keys list --store URI。",
    ],
    en: [
      "The PIN file can be touched by others, or is not a plain file.",
      "Run chmod 0400 FILE, make the service's user its owner, then run yinxin keys list --store URI.",
    ],
    retriable: false,
  },
  "key-state-forbids": {
    zh: ["密钥目前的状态不允许这样使用。", "用 yinxin keys show URI --store URI 查看状态，与安全主管商定。"],
    en: [
      "The key's state does not allow this use.",
      "See its state with yinxin keys show URI --store URI, and settle it with the security officer.",
    ],
    retriable: false,
  },
  "not-permitted": {
    zh: ["设备不允许当前用户这样做。", "请安全主管授予权限，再运行 yinxin keys conformance --store URI。"],
    en: [
      "The device does not permit this to the user who is logged in.",
      "The security officer grants the right; then run yinxin keys conformance --store URI.",
    ],
    retriable: false,
  },
  "self-check-failed": {
    zh: [
      "设备给出的签名通不过软件验证，已丢弃。",
      "若用自己写的 profile，先核对 signInput 并运行 yinxin keys probe LIB --profile FILE；否则停用设备，把 yinxin keys conformance --store URI 的结果交给厂商。",
    ],
    en: [
      "The device's signature does not verify; it was thrown away.",
      "With a profile of your own, check its signInput and run yinxin keys probe LIB --profile FILE; otherwise stop using the device and send its vendor what yinxin keys conformance --store URI prints.",
    ],
    retriable: false,
  },
  "ecdsa-for-sm2": {
    zh: [
      "设备对 SM2 密钥给出的是 ECDSA 签名，不是 SM2 签名。",
      "改用支持 SM2 的机制配置：运行 yinxin keys probe LIB 查看可用的 profile。",
    ],
    en: [
      "The device answered with ECDSA for an SM2 key: that is not an SM2 signature.",
      "Choose a profile with the vendor's SM2 mechanisms: yinxin keys probe LIB shows which there are.",
    ],
    retriable: false,
  },
  "profile-wrong": {
    zh: [
      "设备配置（profile）与这个库不相符。",
      "改正 profile 中指出的字段，再运行 yinxin keys probe LIB --profile FILE。",
    ],
    en: [
      "The device profile does not fit this library.",
      "Correct the field of the profile that is named, then run yinxin keys probe LIB --profile FILE.",
    ],
    retriable: false,
  },
  "configuration-malformed": {
    zh: ["密钥库的配置有误。", "改正所指出的字段，再运行 yinxin keys list --store URI。"],
    en: [
      "The configuration of the key store is wrong.",
      "Correct the field that is named, then run yinxin keys list --store URI.",
    ],
    retriable: false,
  },
  "native-module-missing": {
    zh: [
      "缺少可选的本地模块（pkcs11js 或 koffi）。",
      "在安装目录运行 npm install --include=optional，再运行 yinxin keys probe LIB。",
    ],
    en: [
      "An optional native module (pkcs11js or koffi) is missing.",
      "Run npm install --include=optional where the suite is installed, then yinxin keys probe LIB.",
    ],
    retriable: false,
  },
  "library-not-loadable": {
    zh: [
      "厂商的库无法使用：加载不了，或缺少所需的函数。",
      "核对路径与系统架构，安装其依赖；运行 yinxin keys probe LIB 查看它是哪一类库。",
    ],
    en: [
      "The vendor's library cannot be used: it does not load, or lacks a function.",
      "Check path and architecture, and install what it depends on; yinxin keys probe LIB says of which family it is.",
    ],
    retriable: false,
  },
  "token-not-found": {
    zh: [
      "找不到指定的令牌、应用或读卡器。",
      "插好设备，运行 yinxin keys probe LIB，从列出的设备中选用序列号。",
    ],
    en: [
      "The token, application or reader that was named is not there.",
      "Plug it in, run yinxin keys probe LIB, and take a serial number from those it lists.",
    ],
    retriable: true,
  },
  "key-file-permissions": {
    zh: [
      "密钥文件或文件夹对他人开放，不予使用。",
      "运行 chmod 0700 文件夹、chmod 0600 文件，查明何人接触过，再运行 yinxin keys list --store URI。",
    ],
    en: [
      "The key file or folder is open to others and is not used.",
      "Run chmod 0700 FOLDER and chmod 0600 FILE, find out who had access, then run yinxin keys list --store URI.",
    ],
    retriable: false,
  },
  "key-file-damaged": {
    zh: [
      "密钥文件已损坏、被改动，或属于别的密钥库。",
      "从备份恢复该文件，再运行 yinxin keys list --store URI。",
    ],
    en: [
      "The key file is damaged, was changed, or belongs to another store.",
      "Restore the file from the backup, then run yinxin keys list --store URI.",
    ],
    retriable: false,
  },
  "device-removed": {
    zh: ["设备已拔出或断开。", "重新插入设备；服务会自行恢复，可用 yinxin keys list --store URI 确认。"],
    en: [
      "The device was taken out or cut off.",
      "Put it back; the service recovers by itself, and yinxin keys list --store URI makes sure.",
    ],
    retriable: true,
  },
  "device-busy": {
    zh: [
      "设备繁忙，等待队列已满。",
      "稍后再试；若经常如此，请增加 sessions 或设备，并用 yinxin keys conformance --store URI 测速。",
    ],
    en: [
      "The device is busy and the queue is full.",
      "Try again soon; if it happens often, raise sessions or add a device, and measure with yinxin keys conformance --store URI.",
    ],
    retriable: true,
  },
  "device-error": {
    zh: ["设备报告内部故障。", "稍后再试；若反复出现，运行 yinxin keys conformance --store URI 并联系厂商。"],
    en: [
      "The device reports a fault of its own.",
      "Try again soon; if it comes back, run yinxin keys conformance --store URI and call the vendor.",
    ],
    retriable: true,
  },
  "device-unreachable": {
    zh: ["连不上设备或远程密钥库。", "检查网络、地址与证书，再运行 yinxin keys list --store URI。"],
    en: [
      "The device or the remote key store cannot be reached.",
      "Check network, address and certificates, then run yinxin keys list --store URI.",
    ],
    retriable: true,
  },
  "session-lost": {
    zh: ["与设备的会话已失效。", "会自动重建会话；若反复出现，运行 yinxin keys conformance --store URI。"],
    en: [
      "The session with the device is gone.",
      "A new one is opened by itself; if it keeps happening, run yinxin keys conformance --store URI.",
    ],
    retriable: true,
  },
  "login-lost": {
    zh: [
      "设备上的登录已失效。",
      "持有 PIN 时会自动重新登录；否则重新启动服务，或运行 yinxin keys list --store URI。",
    ],
    en: [
      "The login on the device is gone.",
      "It is renewed while the PIN is at hand; otherwise start the service again, or run yinxin keys list --store URI.",
    ],
    retriable: true,
  },
  "key-handle-stale": {
    zh: [
      "设备不再认得原来的密钥句柄。",
      "会自动重新查找密钥；若反复出现，运行 yinxin keys list --store URI 看密钥是否还在。",
    ],
    en: [
      "The device no longer knows the handle of the key.",
      "The key is looked up again by itself; if it keeps happening, run yinxin keys list --store URI to see whether it is there.",
    ],
    retriable: true,
  },
  "deadline-exceeded": {
    zh: [
      "设备未在期限内应答。",
      "稍后再试；若经常如此，运行 yinxin keys conformance --store URI 测量耗时，再调整期限。",
    ],
    en: [
      "The device did not answer in time.",
      "Try again soon; if it happens often, measure with yinxin keys conformance --store URI before you raise the deadline.",
    ],
    retriable: true,
  },
  "driver-crashed": {
    zh: [
      "驱动进程崩溃（厂商的库出错），服务本身未受影响。",
      "驱动会自动重启；若反复出现，运行 yinxin keys probe LIB 并联系厂商。",
    ],
    en: [
      "The driver host died (a fault in the vendor's library); the service was not hurt.",
      "The driver starts again by itself; if it keeps dying, run yinxin keys probe LIB and call the vendor.",
    ],
    retriable: true,
  },
  "vendor-error": {
    zh: [
      "设备返回了 profile 中没有的错误号。",
      "在厂商手册中查这个错误号，把它写进 profile 的字段 errorMap，再运行 yinxin keys probe LIB。",
    ],
    en: [
      "The device answered with a number that its profile does not know.",
      "Look it up in the vendor's manual, add it to the field errorMap of the profile, then run yinxin keys probe LIB --profile FILE.",
    ],
    retriable: false,
  },
};
