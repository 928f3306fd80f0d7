import type { NoteKey } from "@yinxin/crypto/tlog";

/** What became of asking one witness. */
export type WitnessResult =
  | { readonly result: "cosigned"; readonly lines: readonly string[] }
  /** The witness has another size than the log believed; asked again with a proof from there, it may agree. */
  | { readonly result: "conflict"; readonly size: number }
  /** It has seen another history, or does not know this log or its key: trying again does not help. */
  | { readonly result: "refused"; readonly status: number; readonly detail: string }
  | { readonly result: "unreachable"; readonly detail: string };

/** One witness of a log, somewhere else. */
export interface WitnessClient {
  readonly key: NoteKey;
  readonly name: string;
  /** Sends a checkpoint with the proof from what the witness is believed to have. Never rejects. */
  addCheckpoint(request: {
    readonly oldSize: number;
    readonly proof: readonly Uint8Array[];
    readonly note: string;
  }): Promise<WitnessResult>;
}
