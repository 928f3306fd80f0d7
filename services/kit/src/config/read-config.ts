import { z } from "zod";

/** The environment does not fit. The message has a line for each variable that is wrong, and no value. */
export class ConfigError extends Error {
  readonly variables: readonly string[];

  constructor(message: string, variables: readonly string[]) {
    super(message);
    this.name = "ConfigError";
    this.variables = variables;
  }
}

/**
 * The values of `schema` from the environment. Variables that the schema does not name are not ours and are ignored; an
 * empty variable is as good as an absent one, since shells and unit files cannot always leave one out.
 *
 * @throws ConfigError
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>> {
  const names = Object.keys(schema.shape);
  const given = Object.fromEntries(names.map((name) => [name, env[name] === "" ? undefined : env[name]]));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => {
    const [name = "the environment"] = issue.path.map(String);
    return {
      name,
      line: `${name}: ${given[name] === undefined ? "is missing" : `does not fit (${issue.code})`}`,
    };
  });
  throw new ConfigError(
    ["The configuration is not right:", ...wrong.map(({ line }) => `  ${line}`)].join("\n"),
    wrong.map(({ name }) => name),
  );
}
