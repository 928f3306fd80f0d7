import { askServices, dryRunOption, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { noWords, renderJson } from "../terminal/index.ts";
import { alarmSchema } from "./alarm-wire.ts";
import { renderAlarms } from "./render-alarms.ts";

export const command = officerCommand({
  lines: ["alarms test [--service NAME]"],
  examples: ["alarms test", "alarms test --service seal"],
  about: {
    zh: "让各服务发出一条测试告警，看它是否经日志、邮件和 webhook 送达。",
    en: "Has every service raise a test alarm, to see that it arrives: in the log, by mail, by webhook.",
  },
  options: { ...serviceOption, ...dryRunOption },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const services = (await session()).services(values.service);
    if (values["dry-run"] === true) {
      const names = services.map(({ name }) => name).join(terminal.language === "zh" ? "、" : ", ");
      terminal.say(
        terminal.language === "zh"
          ? `将由 ${names} 各发出一条测试告警；没有发出。`
          : `${names} would each raise a test alarm; none was raised.`,
      );
      return 0;
    }
    const asked = await askServices(services, (service) =>
      service.send({ method: "POST", path: "/v1/alarm-tests", body: {}, reply: alarmSchema }),
    );
    const exitCode = sayFailures(asked, terminal);
    const alarms = asked.answers.map(({ service, answer }) => ({ ...answer, service: service.name }));
    terminal.print(isJson ? renderJson(alarms) : renderAlarms(alarms, terminal));
    return exitCode;
  },
});
