import { type ModelConfig } from '../config/model.config.js';
import { CHAT } from '../protocol/operation.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type ChatCall } from './llm-provider.js';

const addresses = new WeakMap<ModelConfig, string>();

/** The call in OpenAI's own dialect: the caller's bytes, at `{base_url}/chat/completions`. */
export function openAiRequest(
  call: ChatCall,
  model: ModelConfig,
  bearer: string | undefined,
): UpstreamRequest {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: call.request.isStream ? 'text/event-stream' : 'application/json',
    ...call.headers,
  };
  if (bearer !== undefined) headers['authorization'] = `Bearer ${bearer}`;
  for (const name in model.headers) headers[name.toLowerCase()] = model.headers[name]!;
  return {
    method: 'POST',
    url: chatCompletionsUrl(model),
    headers,
    body: call.request.bodyFor(
      model.model_name,
      model.max_tokens === undefined ? undefined : { field: model.max_tokens_field, value: model.max_tokens },
    ),
    model: model.name,
    credential: bearer,
  };
}

function chatCompletionsUrl(model: ModelConfig): string {
  let address = addresses.get(model);
  if (address === undefined) {
    const url = new URL(model.base_url);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${CHAT.path}`;
    for (const name in model.query) url.searchParams.set(name, model.query[name]!);
    address = url.href;
    addresses.set(model, address);
  }
  return address;
}
