import { ANTHROPIC_MESSAGES } from '../../dialects/anthropic-messages/anthropic-messages.js';
import { MESSAGES_COUNT } from '../../dialects/anthropic-messages/counting/messages-count.js';
import { type ClientRequest, type Dialect } from '../../dialects/ports/dialect.js';
import { FormRequest } from '../../dialects/forms/form-request.js';
import { SPEECH_AUDIO } from '../../dialects/openai-audio/speech.js';
import { TRANSCRIPTIONS, TRANSLATIONS } from '../../dialects/openai-audio/transcriptions.js';
import { OPENAI_CHAT } from '../../dialects/openai-chat/openai-chat.js';
import { OPENAI_COMPLETIONS } from '../../dialects/openai-completions/openai-completions.js';
import { OPENAI_EMBEDDINGS } from '../../dialects/openai-embeddings/openai-embeddings.js';
import { IMAGE_EDITS, IMAGE_GENERATIONS } from '../../dialects/openai-images/openai-images.js';
import { OPENAI_MODERATIONS } from '../../dialects/openai-moderations/openai-moderations.js';
import { OPENAI_RESPONSES } from '../../dialects/openai-responses/openai-responses.js';
import { JINA_RERANK } from '../../dialects/rerank/rerank.js';
import { NO_LIMITS } from '../../protocol/scanning/json-scan.js';
import { isJsonObject } from '../../protocol/json.js';
import { canServeSomewhere } from '../../routing/can-serve.js';
import { type Deployment } from '../../routing/deployment/deployment.js';
import { drawPicture } from '../../sandbox/content/picture.js';
import { toneOf, wavOf } from '../../sandbox/content/sound.js';
import { UsageError } from '../arguments.js';
import { CommandError } from '../command-error.js';
import { GatewayError } from '../../errors/gateway-error.js';

/** The wire formats for chats, by the values of `--dialect`. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  chat: OPENAI_CHAT,
  messages: ANTHROPIC_MESSAGES,
  responses: OPENAI_RESPONSES,
};

/**
 * The wire formats for operations, by the values of `--operation`; the default is the first that
 * the model supports.
 */
const OPERATIONS: Readonly<Record<string, Dialect>> = {
  chat: OPENAI_CHAT,
  completions: OPENAI_COMPLETIONS,
  embeddings: OPENAI_EMBEDDINGS,
  rerank: JINA_RERANK,
  moderations: OPENAI_MODERATIONS,
  images: IMAGE_GENERATIONS,
  speech: SPEECH_AUDIO,
  transcriptions: TRANSCRIPTIONS,
  translations: TRANSLATIONS,
  'image-edits': IMAGE_EDITS,
  count_tokens: MESSAGES_COUNT,
};

/** A trial: a format, and the message or the complete request to send in it. */
export interface TriedCall {
  readonly dialect: Dialect;
  readonly message: string;
  readonly isStream: boolean;
  /** The client's own request; `model` is set in it. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A client's request, with the headers that belong to it. */
export interface SampleRequest {
  readonly request: ClientRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as shown to people. */
  readonly shown: unknown;
}

/** @throws UsageError for unknown words, and for a chat format combined with another operation */
export function triedDialect(
  deployments: readonly Deployment[],
  operation: string | undefined,
  dialect: string | undefined,
): Dialect {
  const asked = wordIn(OPERATIONS, operation, '--operation');
  const format = wordIn(DIALECTS, dialect, '--dialect');
  if (format !== undefined && asked !== undefined && asked !== OPENAI_CHAT) {
    throw new UsageError(
      `--dialect is a format of chats; it cannot be combined with --operation ${operation}`,
    );
  }
  return (
    format ??
    asked ??
    Object.values(OPERATIONS).find((each) => canServeSomewhere({ deployments }, { dialect: each })) ??
    OPENAI_CHAT
  );
}

/** @throws CommandError for a body that the gateway would refuse */
export async function sampleRequest(model: string, tried: TriedCall): Promise<SampleRequest> {
  const { dialect, body } = tried;
  if (body === undefined && dialect.bodyForms?.includes('form') === true) return formRequest(model, tried);
  const document = { ...(body ?? bodyOf(model, tried)), model };
  try {
    const request = dialect.parse(Buffer.from(JSON.stringify(document)), NO_LIMITS);
    return { request, headers: {}, shown: document };
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw new CommandError(`the gateway would refuse this request: ${cause.message}`, { cause });
  }
}

function bodyOf(model: string, { dialect, message, isStream }: TriedCall): object {
  const stream = isStream ? { stream: true } : {};
  const messages = [{ role: 'user', content: message }];
  switch (dialect) {
    case ANTHROPIC_MESSAGES:
      return { model, max_tokens: 1024, messages, ...stream };
    case MESSAGES_COUNT:
      return { model, messages };
    case OPENAI_RESPONSES:
      return { model, input: message, ...stream };
    case IMAGE_GENERATIONS:
      return { model, prompt: message, ...stream };
    case SPEECH_AUDIO:
      return { model, input: message, voice: 'alloy', ...(isStream && { stream_format: 'sse' }) };
    default:
      return { ...dialect.trial?.body(model, message), ...stream };
  }
}

/** A form with one small file: a second of sound, or a picture. */
async function formRequest(model: string, { dialect, message, isStream }: TriedCall): Promise<SampleRequest> {
  const form = new FormData();
  form.append('model', model);
  if (dialect === IMAGE_EDITS) {
    form.append('prompt', message);
    form.append(
      'image',
      new Blob([new Uint8Array(drawPicture(message, 256, 256))], { type: 'image/png' }),
      'image.png',
    );
  } else {
    const sound = wavOf(toneOf(['one', 'two', 'three', 'four', 'five', 'six']));
    form.append('file', new Blob([new Uint8Array(sound)], { type: 'audio/wav' }), 'recording.wav');
  }
  if (isStream) form.append('stream', 'true');
  const sent = new Response(form);
  const contentType = sent.headers.get('content-type')!;
  let rest: Buffer | undefined = Buffer.from(await sent.arrayBuffer());
  const { length } = rest;
  const request = await FormRequest.read(dialect, {
    contentType,
    length,
    next: () => {
      const chunk = rest;
      rest = undefined;
      return Promise.resolve(chunk);
    },
    hold: () => undefined,
    room: Infinity,
    release: () => undefined,
  });
  const shown = Object.fromEntries(
    Array.from(form, ([name, value]) => [
      name,
      typeof value === 'string' ? value : `(the file ${value.name})`,
    ]),
  );
  return { request, headers: { 'content-type': contentType }, shown };
}

/**
 * Reads the JSON of a file as a request.
 * @throws CommandError
 */
export function requestIn(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isJsonObject(value)) throw new CommandError(`${path} holds no JSON object`);
  return value;
}

function wordIn(
  words: Readonly<Record<string, Dialect>>,
  word: string | undefined,
  option: string,
): Dialect | undefined {
  if (word === undefined) return undefined;
  if (Object.hasOwn(words, word)) return words[word];
  throw new UsageError(`${option} must be one of ${Object.keys(words).join(', ')}, not '${word}'`);
}
