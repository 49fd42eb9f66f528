import { LargeInput } from '../../../expressions/large-input.js';
import { type ChatRequest } from '../../openai-chat/request/chat-request.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { type ModelMapping } from '../model-mapping.js';
import { readRequest } from './request-input.js';
import { withStream } from '../../openai-chat/request/with-stream.js';

const ACCEPT = { sse: 'text/event-stream', ndjson: 'application/x-ndjson', text: 'text/plain' };

/**
 * Builds the request in the service's own format.
 * @param base the request in OpenAI's format, whose body is the expressions' input
 * @param kept the values that the login captured
 * @throws MappingError
 */
export async function mapRequest(
  mapping: ModelMapping,
  base: UpstreamRequest,
  chat: ChatRequest,
  kept: Readonly<Record<string, unknown>>,
): Promise<UpstreamRequest> {
  const isStream = asksForStream(mapping, chat);
  const plain = isStream === chat.isStream ? base : { ...base, body: withStream(base.body, isStream) };
  const input = LargeInput.of(base.body, readRequest, chat.valueCount);
  // New names come first: adding one to a copy takes V8 ten times as long as copying.
  const bindings = { login: kept, stream: isStream, ...mapping.constants };
  return mapping.request.map(withAccept(plain, mapping, isStream), input, {
    bindings,
    owner: chat.owner,
  });
}

/** Whether to request a stream from the service, whatever the client requested. */
export function asksForStream({ mode }: ModelMapping, chat: ChatRequest): boolean {
  return mode === 'both' ? chat.isStream : mode === 'stream_only';
}

/** The model's own header remains; the client's describes the response of the gateway. */
export function withAccept(
  base: UpstreamRequest,
  { model, stream }: ModelMapping,
  isStream: boolean,
): UpstreamRequest {
  if (Object.keys(model.headers).some((name) => name.toLowerCase() === 'accept')) return base;
  const accept = isStream ? ACCEPT[stream?.format ?? 'sse'] : 'application/json';
  return { ...base, headers: { ...base.headers, accept } };
}
