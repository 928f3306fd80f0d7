import type { Language } from "@yinxin/service-kit/problems";

const zh = {
  service: "统一身份认证",
  loginTitle: "登录",
  loginLead: (client: string) => `登录后进入“${client}”。`,
  username: "用户名",
  password: "密码",
  login: "登录",
  errorsTitle: "没有登录",
  loginWrong: "用户名或密码不正确，或尝试次数过多。",
  loginAdvice: "请核对后再试。多次失败后需要等待，最长 15 分钟。",
  usernameMissing: "请填写用户名",
  passwordMissing: "请填写密码",
  privacy: "本页面只向本机构的统一身份认证发送您填写的内容。忘记密码请联系本单位管理员。",
  expiredTitle: "登录页面已失效",
  expiredText: "页面打开时间过长，或已在另一个窗口登录。请回到原来的系统，重新点击“登录”。",
  logoutTitle: "退出登录",
  logoutText: (client: string) => `“${client}”请求退出。退出后，您在统一身份认证的登录一并结束。`,
  logoutPlain: "退出后，您在统一身份认证的登录一并结束。",
  logoutYes: "退出登录",
  logoutNo: "保持登录",
  loggedOutTitle: "已退出",
  loggedOutText: "您已退出统一身份认证。使用公共电脑时，请关闭浏览器。",
  errorTitle: "无法继续登录",
  errorText:
    "发来登录请求的系统与登记的不一致，或请求已失效。请回到原来的系统重试；仍不成功，请把下面的代码告诉该系统的管理员。",
  errorCode: "代码",
  errorDetail: "给开发者",
  faultTitle: "暂时无法登录",
  faultText: "统一身份认证内部出错。请稍后再试；仍不成功，请把下面的编号告诉管理员。",
  faultCode: "编号",
  homeTitle: "统一身份认证",
  homeText: "这里为各系统提供登录。请从您要使用的系统进入。",
};

/** Every text of sso's pages in one language. */
export type SsoTexts = typeof zh;

const en: SsoTexts = {
  service: "Sign-on",
  loginTitle: "Log in",
  loginLead: (client) => `After logging in you continue to “${client}”.`,
  username: "User name",
  password: "Password",
  login: "Log in",
  errorsTitle: "You are not logged in",
  loginWrong: "The user name or the password is wrong, or there were too many attempts.",
  loginAdvice: "Check both and try again. After several failures you have to wait, 15 minutes at most.",
  usernameMissing: "Enter your user name",
  passwordMissing: "Enter your password",
  privacy:
    "What you enter goes to your institution's sign-on service only. If you forgot the password, ask your administrator.",
  expiredTitle: "This login page is no longer valid",
  expiredText:
    "It was open for too long, or you logged in in another window. Go back to the system you came from and choose “Log in” again.",
  logoutTitle: "Log out",
  logoutText: (client) =>
    `“${client}” asks to log you out. This also ends your login at the sign-on service.`,
  logoutPlain: "This also ends your login at the sign-on service.",
  logoutYes: "Log out",
  logoutNo: "Stay logged in",
  loggedOutTitle: "Logged out",
  loggedOutText: "You are logged out of the sign-on service. On a shared computer, close the browser.",
  errorTitle: "The login cannot go on",
  errorText:
    "The system that sent you does not match its registration, or the request is no longer valid. Go back and try again; if it fails again, give the code below to the administrator of that system.",
  errorCode: "Code",
  errorDetail: "For developers",
  faultTitle: "Logging in is not possible right now",
  faultText:
    "The sign-on service failed. Try again later; if it fails again, give the number below to an administrator.",
  faultCode: "Number",
  homeTitle: "Sign-on",
  homeText: "Systems send you here to log in. Please start from the system that you want to use.",
};

/** The texts of sso's pages by language. */
export const ssoTexts: Readonly<Record<Language, SsoTexts>> = { zh, en };
