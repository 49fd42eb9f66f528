import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../protocol/json.js';
import { CHAT } from '../../protocol/operation.js';
import { type DialectRequest, type TokenLimit } from '../ports/wire-format.js';
import {
  type ReplyReader,
  type RequestOptions,
  type UpstreamDialect,
  type WrittenRequest,
} from '../ports/upstream-dialect.js';
import { type Names } from '../fields/shape.js';
import { readUsage } from '../openai-chat/usage.js';
import { geminiBody } from './gemini-body.js';
import { GeminiReader, countsIn } from './gemini-reader.js';
import { GEMINI_NAME } from './thought-signature.js';

/**
 * Google's own format, for services only. Wire format: https://ai.google.dev/api/generate-content
 */
class Gemini implements UpstreamDialect {
  readonly name = GEMINI_NAME;
  readonly operation = CHAT;

  path(model: string, isStream: boolean): string {
    const name = model.split('/').map(encodeURIComponent).join('/');
    const path = name.includes('/') ? `/${name}` : `/models/${name}`;
    return isStream ? `${path}:streamGenerateContent?alt=sse` : `${path}:generateContent`;
  }

  request(prompt: Prompt, { isStream }: RequestOptions): WrittenRequest {
    const { body, dropped } = geminiBody(prompt);
    return { request: new GeminiRequest(body, isStream), dropped };
  }

  failedUsage(document: unknown): Usage | undefined {
    return isJsonObject(document) ? readUsage(countsIn(document)) : undefined;
  }

  reader(lost?: Names): ReplyReader {
    return new GeminiReader(lost);
  }

  read(document: unknown, lost?: Names): readonly ReplyEvent[] {
    const reader = new GeminiReader(lost);
    return [...reader.readResponse(document), ...reader.end()];
  }
}

export const GEMINI: UpstreamDialect = new Gemini();

class GeminiRequest implements DialectRequest {
  readonly dialect = GEMINI;
  owner = '';

  constructor(
    private readonly body: JsonObject,
    readonly isStream: boolean,
  ) {}

  /** The model's name is in the path, not in the body. */
  bodyFor(_model: string, tokenLimit?: TokenLimit): Buffer {
    const { generationConfig } = this.body;
    const config = isJsonObject(generationConfig) ? generationConfig : {};
    const body =
      tokenLimit === undefined || config['maxOutputTokens'] !== undefined
        ? this.body
        : { ...this.body, generationConfig: { ...config, maxOutputTokens: tokenLimit.value } };
    return Buffer.from(stringifyJson(body));
  }
}
