import { commandToAskAgain } from "@yinxin/service-kit/approvals";

import { exitCodes } from "../exit-codes.ts";
import type { OfficerSession } from "../officer/index.ts";
import { CommandFailure, confirmByName, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { changeInWords, changeStateInWords } from "./change-words.ts";
import { changeRowSchema } from "./change-wire.ts";
import { readChange } from "./held-change.ts";
import type { FoundChange, HeldChange } from "./held-change.ts";
import { previewChange, renderPreview } from "./preview-change.ts";
import { renderChange } from "./render-change.ts";
import { refuseHopeless, signatoryOf, signDecision } from "./sign-decision.ts";
import type { Decision, SignedDecision } from "./sign-decision.ts";

export interface DecideOptions {
  readonly terminal: Terminal;
  readonly session: Pick<OfficerSession, "trust" | "identity">;
  readonly decision: Omit<Decision, "at">;
  /** `--confirm NAME` */
  readonly confirm: string | undefined;
}

/** Shows the change, asks for the name of what it is about, and signs the decision. */
export async function signAfterReading(change: HeldChange, options: DecideOptions): Promise<SignedDecision> {
  const { terminal, session, decision, confirm } = options;
  terminal.say(renderChange(change, terminal.language).trimEnd());
  const key = await session.identity();
  const signatory = signatoryOf(key, change.policy);
  refuseHopeless(change, signatory, decision.decision);
  const target = change.verification.request?.target ?? change.id;
  await confirmByName(terminal, { name: target, given: confirm, option: `--confirm ${target}` });
  return await signDecision(change, key, signatory, { ...decision, at: terminal.now() });
}

/** The same for a change at a service, which is told. @returns the change as it is then. */
export async function decideAtService(change: FoundChange, options: DecideOptions): Promise<FoundChange> {
  refuseEnded(change, options.terminal);
  const { request } = change.verification;
  if (request !== undefined && options.decision.decision === "approve") {
    const { operation, target, parameters } = request;
    const wanted = { operation, target, parameters };
    const preview = await previewChange(change.service, wanted);
    options.terminal.say(renderPreview(preview, options.terminal).trimEnd());
  }
  const signed = await signAfterReading(change, options);
  return await sendDecision(change, signed, options.session);
}

/**
 * A change that is over is shown as over, before anybody's key is judged: under a policy that was replaced a new card would look
 * like a stranger's.
 */
function refuseEnded(change: FoundChange, { language }: Pick<Terminal, "language">): void {
  const { id, state, endedBy, verification } = change;
  if (state === "waiting" || state === "ready" || state === "altered") return;
  const words = changeStateInWords(change, language);
  const command =
    endedBy === undefined ? undefined : verification.request && commandToAskAgain(verification.request);
  throw new CommandFailure(
    endedBy === "policy-superseded" ? "change-policy-superseded" : "change-closed",
    { zh: `${id}：${words}。`, en: `${id}: ${words}.` },
    {
      exitCode: exitCodes.conflict,
      next:
        command === undefined
          ? { zh: "yinxin approvals list（看其余申请）", en: "yinxin approvals list (what else there is)" }
          : { zh: `重新申请：${command}`, en: `Ask again: ${command}` },
    },
  );
}

/** Hands a signed decision to the service that has the change. */
export async function sendDecision(
  { service, id }: Pick<FoundChange, "service" | "id">,
  signed: SignedDecision,
  session: Pick<OfficerSession, "trust">,
): Promise<FoundChange> {
  await service.send({
    method: "POST",
    path: `/v1/changes/${id}/approvals`,
    body: signed,
    reply: changeRowSchema,
  });
  return await readChange(session, service, id);
}

/** What came of a decision or a request: said, printed as JSON if asked for. */
export function tellChange(change: FoundChange, terminal: Terminal, isJson: boolean): number {
  const { verification, state, id } = change;
  const isZh = terminal.language === "zh";
  if (isJson) terminal.print(renderJson(changeJsonOf(change)));
  const { window, counted, needed, request } = verification;
  const what = request === undefined ? id : changeInWords(request, terminal.language);
  if (state === "ready" && window !== undefined) {
    const minutes = String(Math.round((Date.parse(window.until) - Date.parse(window.from)) / 60_000));
    const uses = String(window.uses);
    terminal.say(
      isZh
        ? `✔ 已批准：${what}，窗口 ${minutes} 分钟 / ${uses} 次`
        : `✔ approved: ${what}; to be done within ${minutes} minutes, ${uses} time(s)`,
    );
    return exitCodes.done;
  }
  if (state === "waiting") {
    terminal.say(
      isZh
        ? `${id} 等待批准（${String(counted)}/${String(needed)}）：yinxin approvals approve ${id}`
        : `${id} waits for approval (${String(counted)}/${String(needed)}): yinxin approvals approve ${id}`,
    );
    return exitCodes.waiting;
  }
  const words = changeStateInWords(change, terminal.language);
  terminal.say(isZh ? `${id}：${what}，状态：${words}` : `${id}: ${what}; ${words}`);
  return exitCodes.done;
}

/** Of a change that is over and was neither done nor rejected: that it is, and the command that asks for the same again. */
export function tellEnding(change: FoundChange, terminal: Terminal): void {
  const { request } = change.verification;
  if (change.endedBy === undefined) return;
  terminal.say(changeStateInWords(change, terminal.language));
  const command = request && commandToAskAgain(request);
  if (command !== undefined) terminal.say(`→ ${command}`);
}

/** A change as `--json` has it. */
export function changeJsonOf({ id, state, endedBy, uses, service, verification }: FoundChange): unknown {
  const { request, verdict, digest, counted, needed, window, signatures, isBreakGlass, checks } =
    verification;
  return {
    id,
    state,
    endedBy,
    uses,
    service: service.name,
    request,
    digest,
    verdict,
    counted,
    needed,
    isBreakGlass,
    window,
    signatures,
    checks,
  };
}
