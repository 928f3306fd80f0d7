import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { evidencePartSchema, isWholeRange, memberName, serviceFolder } from "@yinxin/service-kit/evidence";
import type { EvidenceQuery, EvidenceService } from "@yinxin/service-kit/evidence";
import type { z } from "zod";

import { askServices } from "../officer/index.ts";
import type { ServiceConnection } from "../officer/index.ts";
import { CommandFailure } from "../terminal/index.ts";

/** What services gave, before anybody signed for it. */
export interface CollectedEvidence {
  readonly services: readonly EvidenceService[];
  /** By their names in the package. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface ServiceParts {
  readonly service: EvidenceService;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Asks every service, part by part. Evidence of some services only would look like evidence of all, so one that does not answer is a
 * failure.
 *
 * @throws CommandFailure `evidence-nothing-found`, `evidence-malformed`, and what services say.
 */
export async function collectEvidence(
  connections: readonly ServiceConnection[],
  query: EvidenceQuery,
): Promise<CollectedEvidence> {
  const { answers, failures } = await askServices(connections, (connection) => partsOf(connection, query));
  const [first] = failures;
  if (first !== undefined) throw first.failure;
  // A change or a purpose is of one service; the others have nothing to say about it.
  const spoken = answers
    .map(({ answer }) => answer)
    .filter(({ service }) => isWholeRange(query) || service.events > 0);
  if (spoken.length === 0) {
    throw new CommandFailure("evidence-nothing-found", {
      zh: "没有服务记录过相符的事件。",
      en: "No service has an event that fits.",
    });
  }
  return {
    services: spoken.map(({ service }) => service),
    files: new Map(spoken.flatMap(({ files }) => [...files])),
  };
}

type Part = z.output<typeof evidencePartSchema>;

async function partsOf(connection: ServiceConnection, query: EvidenceQuery): Promise<ServiceParts> {
  const ask = (part?: { number: number; checkpoint_size: number; after: number }): Promise<Part> =>
    connection.send({
      method: "POST",
      path: "/v1/evidence-exports",
      body: { ...query, ...(part === undefined ? {} : { part }) },
      reply: evidencePartSchema,
    });
  const first = await ask();
  const { checkpoint_size, origin, complete, complete_uses } = first;
  const files = new Map(filesOf(connection, first));
  let events = first.events;
  let after = first.next;
  for (let number = 2; after !== undefined; number += 1) {
    const part = await ask({ number, checkpoint_size, after });
    if (part.next !== undefined && part.next <= after) throw malformed(connection, "its parts do not go on");
    for (const [name, bytes] of filesOf(connection, part)) files.set(name, bytes);
    events += part.events;
    after = part.next;
  }
  return {
    files,
    service: {
      ...{ name: connection.name, origin, checkpoint_size, events },
      ...(complete === undefined ? {} : { complete }),
      ...(complete_uses === undefined ? {} : { complete_uses }),
    },
  };
}

function filesOf(connection: ServiceConnection, { files }: Part): readonly (readonly [string, Uint8Array])[] {
  return files.map(({ name, content }) => {
    const member = `${serviceFolder(connection.name)}${name}`;
    if (!memberName.safeParse(member).success) throw malformed(connection, "a file has a name that none has");
    try {
      return [member, bytesOfBase64(content)] as const;
    } catch (cause) {
      throw malformed(connection, `${name} is not base64`, cause);
    }
  });
}

function malformed({ name }: ServiceConnection, what: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    "evidence-malformed",
    { zh: `服务 ${name} 的答复有误：${what}`, en: `The answer of ${name} cannot be used: ${what}.` },
    { cause },
  );
}
