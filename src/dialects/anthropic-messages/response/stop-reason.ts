import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

type Finish = Extract<ReplyEvent, { readonly kind: 'finish' }>;

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const TO_FINISH: Readonly<Record<string, string>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/**
 * The finish reason for `stop_reason` and the fields beside it.
 * @param hasCalls whether there are tool calls; an ordinary end then counts as an end by tool calls
 */
export function finishOf(said: JsonObject, hasCalls: boolean): Finish {
  const { stop_reason: stop, stop_sequence: sequence, stop_details: details } = said;
  const explanation = isJsonObject(details) ? details['explanation'] : undefined;
  const reason =
    (typeof stop === 'string' ? TO_FINISH[stop] : undefined) ?? (hasCalls ? 'tool_calls' : 'stop');
  return {
    kind: 'finish',
    reason,
    ...(typeof sequence === 'string' && { stopSequence: sequence }),
    ...(typeof explanation === 'string' && { explanation }),
  };
}

export interface Ending {
  readonly finish: Finish | undefined;
  readonly hasCalls: boolean;
  /** Whether the model wrote a refusal. */
  readonly hasRefused: boolean;
}

/** `stop_reason` and the fields beside it, for clients. Unknown reasons become ordinary ends. */
export function stopFields({ finish, hasCalls, hasRefused }: Ending): JsonObject {
  const stop = hasRefused ? 'refusal' : stopReason(finish, hasCalls);
  return {
    stop_reason: stop,
    stop_sequence: stop === 'stop_sequence' ? finish!.stopSequence : null,
    stop_details:
      stop === 'refusal'
        ? { type: 'refusal', category: null, explanation: finish?.explanation ?? null }
        : null,
  };
}

function stopReason(finish: Finish | undefined, hasCalls: boolean): string {
  if (finish?.reason === 'length') return 'max_tokens';
  if (finish?.reason === 'content_filter') return 'refusal';
  if (hasCalls) return 'tool_use';
  return finish?.stopSequence === undefined ? 'end_turn' : 'stop_sequence';
}
