import { UpstreamError } from '../../../errors/upstream-errors.js';
import { excessOf, parseLosslessJson } from '../../../protocol/json.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { EventText } from '../reply/event-text.js';

const TERMINAL: Readonly<Record<string, string>> = {
  incomplete: 'response.incomplete',
  failed: 'response.failed',
};
/** Fields of items whose text has delta events of its own. */
const CALL_TEXT: Readonly<Record<string, { readonly field: string; readonly event: string }>> = {
  function_call: { field: 'arguments', event: 'response.function_call_arguments' },
  custom_tool_call: { field: 'input', event: 'response.custom_tool_call_input' },
};
const PART_TEXT: Readonly<Record<string, { readonly field: string; readonly event: string }>> = {
  output_text: { field: 'text', event: 'response.output_text' },
  refusal: { field: 'refusal', event: 'response.refusal' },
  reasoning_text: { field: 'text', event: 'response.reasoning_text' },
};

/**
 * Converts a complete response into the stream that means the same, with every item unchanged.
 * @throws UpstreamError for anything that is not a response
 */
export function responseEvents(response: JsonObject): string {
  const { output } = response;
  if (!Array.isArray(output)) throw noOutput();
  const events = new EventText();
  const begun = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  let text =
    events.of('response.created', { response: begun }) +
    events.of('response.in_progress', { response: begun });
  for (const [index, item] of output.entries()) {
    if (isJsonObject(item)) text += itemEvents(item, index, events);
  }
  return text + events.of(TERMINAL[String(response['status'])] ?? 'response.completed', { response });
}

/** @throws UpstreamError for text that is not JSON */
export function parsedResponse(bytes: Buffer, upstreamStatus: number): unknown {
  const value = parseLosslessJson(bytes.toString());
  if (value !== undefined) return value;
  throw new UpstreamError(
    'upstream_invalid_response',
    `The upstream's answer ${excessOf(bytes) ?? 'is not a JSON object'}.`,
    { upstreamStatus },
  );
}

export function noOutput(upstreamStatus?: number): UpstreamError {
  return new UpstreamError(
    'upstream_invalid_response',
    "The upstream's answer is JSON, but holds no output.",
    {
      ...(upstreamStatus !== undefined && { upstreamStatus }),
    },
  );
}

function itemEvents(item: JsonObject, output_index: number, events: EventText): string {
  const at = { ...(item['id'] !== undefined && { item_id: item['id'] }), output_index };
  const { content, summary } = item;
  let text = events.of('response.output_item.added', { output_index, item: emptied(item) });
  if (item['type'] === 'reasoning' && Array.isArray(summary)) {
    for (const [summary_index, part] of summary.entries())
      if (isJsonObject(part)) text += summaryEvents(part, { ...at, summary_index }, events);
  }
  if (Array.isArray(content)) {
    for (const [content_index, part] of content.entries())
      if (isJsonObject(part)) text += partEvents(part, { ...at, content_index }, events);
  }
  const call = CALL_TEXT[String(item['type'])];
  if (call !== undefined) {
    const { [call.field]: whole } = item;
    if (whole !== '') text += events.of(`${call.event}.delta`, { ...at, delta: whole });
    text += events.of(`${call.event}.done`, { ...at, [call.field]: whole });
  }
  return text + events.of('response.output_item.done', { output_index, item });
}

/** An item before its texts have arrived. */
function emptied(item: JsonObject): JsonObject {
  const call = CALL_TEXT[String(item['type'])];
  return {
    ...item,
    ...(item['status'] !== undefined && { status: 'in_progress' }),
    ...(Array.isArray(item['content']) && { content: [] }),
    ...(Array.isArray(item['summary']) && { summary: [] }),
    ...(call !== undefined && { [call.field]: '' }),
  };
}

function partEvents(part: JsonObject, at: JsonObject, events: EventText): string {
  const known = PART_TEXT[String(part['type'])];
  if (known === undefined)
    return (
      events.of('response.content_part.added', { ...at, part }) +
      events.of('response.content_part.done', { ...at, part })
    );
  const { field, event } = known;
  const { [field]: whole, annotations } = part;
  const logprobs = part['type'] === 'output_text' ? { logprobs: part['logprobs'] ?? [] } : {};
  const full = part['type'] === 'output_text' ? { ...part, annotations: annotations ?? [] } : part;
  const empty = { ...full, [field]: '', ...(annotations !== undefined && { annotations: [] }) };
  let text = events.of('response.content_part.added', { ...at, part: empty });
  if (whole !== '') text += events.of(`${event}.delta`, { ...at, delta: whole, ...logprobs });
  for (const [annotation_index, annotation] of (Array.isArray(annotations) ? annotations : []).entries())
    text += events.of('response.output_text.annotation.added', { ...at, annotation_index, annotation });
  return (
    text +
    events.of(`${event}.done`, { ...at, [field]: whole, ...logprobs }) +
    events.of('response.content_part.done', { ...at, part: full })
  );
}

function summaryEvents(part: JsonObject, at: JsonObject, events: EventText): string {
  const { text } = part;
  const delta = { ...at, delta: text };
  return (
    events.of('response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } }) +
    (text === '' ? '' : events.of('response.reasoning_summary_text.delta', delta)) +
    events.of('response.reasoning_summary_text.done', { ...at, text }) +
    events.of('response.reasoning_summary_part.done', { ...at, part })
  );
}
