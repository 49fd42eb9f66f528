import { CustomCalls } from '../../dialects/translating/custom-tools.js';
import { isConversation } from '../../dialects/ports/dialect.js';
import { type TranslationOptions } from '../../dialects/translating/reply-translation.js';
import { type ModelCall, type UpstreamCall } from '../../providers/llm-provider.js';
import { type UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { notSupported, translatorOf } from '../can-serve.js';
import { type Deployment } from './deployment.js';
import { DroppedNames } from './dropped-names.js';

/** A call in a wire format that its service supports. */
export interface TranslatedRequest {
  readonly call: UpstreamCall;
  /**
   * What the format cannot express, by names of the client's fields; the losses of the reply are
   * added later.
   */
  readonly dropped: readonly string[];
  /** Options for translating the reply. */
  readonly options: TranslationOptions;
}

/**
 * Translates a call for a service that does not support the client's wire format.
 * @param asksForUsage whether the service may be asked for the usage of a stream, because clients
 * of translated calls expect it in every stream
 * @throws OperationNotSupportedError if the service supports no format that the call can be
 * translated to
 * @throws InvalidRequestError for anything that cannot be translated and must not be lost
 */
export function translateCall(
  { model, upstream, config }: Deployment,
  call: ModelCall,
  failure: UpstreamFailure,
  asksForUsage = true,
): TranslatedRequest {
  const { request: asked } = call;
  const dialect = translatorOf(upstream, asked);
  if (dialect === undefined || !isConversation(asked)) throw notSupported(model, asked, [upstream]);
  const prompt = asked.prompt();
  const { request, dropped } = dialect.request(prompt, {
    model: config.model_name,
    isStream: asked.isStream,
    asksForUsage,
    tokenLimitField: config.max_tokens_field,
  });
  request.owner = asked.owner;
  const names = new DroppedNames([...prompt.dropped, ...dropped]);
  const headers = withoutPrefix(call.headers, asked.dialect.headerPrefix);
  return {
    call: { ...call, request, headers },
    dropped: names.shown,
    options: {
      dialect,
      request: asked,
      asksForUsage: asksForUsage && request.wantsUsage === true,
      failure,
      lost: names,
      customCalls: CustomCalls.of(prompt),
      maxEventBytes: config.limits.event,
      maxAnswerBytes: config.limits.answer,
    },
  };
}

/** The headers of a request without those that belong to the client's wire format. */
function withoutPrefix(
  headers: Readonly<Record<string, string>>,
  prefix: string | undefined,
): Readonly<Record<string, string>> {
  if (prefix === undefined) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(prefix)));
}
