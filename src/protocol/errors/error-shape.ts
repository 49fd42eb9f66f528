import { type JsonObject, isJsonObject, parseJson, stringifyJson } from '../json.js';

/** Keys under which services write an error message. */
const WORD_KEYS = [
  'message',
  'msg',
  'error_msg',
  'errmsg',
  'errMsg',
  'errorMsg',
  'error_message',
  'errorMessage',
  'status_msg',
  'error_description',
  'detail',
  'details',
  'Message',
  'faultstring',
  'reason',
  'title',
] as const;
/** Keys under which services write an error code. */
const CODE_KEYS = [
  'code',
  'error_code',
  'errorCode',
  'errcode',
  'errCode',
  'err_code',
  'status_code',
  'Code',
  'ret_code',
  'retcode',
  'resultCode',
  '__type',
] as const;
/**
 * Objects that wrap message and code: MiniMax, Volcengine, Tencent Cloud, iFlytek Spark, Apigee.
 */
const ENVELOPES = ['base_resp', 'ResponseMetadata', 'Response', 'header', 'fault', 'data'] as const;
const ALL_IS_WELL: ReadonlySet<unknown> = new Set([0, 200, '0', '200', '00000', '000000', 'ok', 'success']);

/**
 * The error in a JSON response: text, or an object with `message` and, if the service sends one,
 * `code`. Recognises the formats of OpenAI (`error`), FastAPI (`detail`), vLLM (`object: "error"`),
 * DashScope (`code`, `message`), Ernie (`error_code`, `error_msg`), MiniMax (`base_resp`), Gemini
 * (a list of one `error`), and the like.
 *
 * @param isWhole whether this is a complete response. A complete response with a message, but
 * without a code or choices, is an error; an event of a stream may contain a message for another
 * reason
 * @param event the name of the event, if this is an event of a stream
 * @returns undefined if there is no error
 */
export function errorOf(answer: unknown, isWhole: boolean, event?: string): unknown {
  if (Array.isArray(answer)) return answer.length > 0 ? errorOf(answer[0], isWhole, event) : undefined;
  if (!isJsonObject(answer)) return undefined;
  const said = saidError(answer);
  if (said !== undefined) return said;
  const { base_resp: status } = answer;
  if (isJsonObject(status) && isFault(status['status_code'])) return wordsAndCode(status) ?? status;
  if (hasChoices(answer)) return errorOfChoice(answer['choices']);
  const found = wordsAndCode(answer) ?? inEnvelope(answer);
  if (event === 'error' || isDeclared(answer)) return found ?? answer;
  if (found === undefined || Array.isArray(answer['choices']))
    return isFault(found?.code) ? found : undefined;
  if (found.code !== undefined) return isFault(found.code) ? found : undefined;
  return isWhole ? found : undefined;
}

/**
 * The error that a service with a format of its own reports in `error` or by the name of an event;
 * its other messages and codes may mean anything.
 */
export function reportedError(answer: unknown, event?: string): unknown {
  if (event?.toLowerCase() === 'error')
    return typeof answer === 'object' ? errorOf(answer, false, 'error') : answer || undefined;
  if (!isJsonObject(answer) || !saysError(answer['error'])) return undefined;
  const error = saidError(answer);
  const code = isJsonObject(error) ? wordsAndCode(error)?.code : undefined;
  return code === undefined || isFault(code) ? error : undefined;
}

/**
 * Whether an error was recognised only by its message: its code is a number or absent, and nothing
 * else marks the response as an error.
 */
export function isBare(answer: unknown, error: unknown): boolean {
  if (!isJsonObject(answer) || !isJsonObject(error) || saidError(answer) !== undefined) return false;
  if (hasChoices(answer)) return false;
  return !isDeclared(answer) && answer['base_resp'] === undefined && typeof error['code'] !== 'string';
}

/** An error as the object that SDKs expect in a stream. */
export function errorObject(error: unknown): JsonObject {
  const said = isJsonObject(error)
    ? error
    : { message: typeof error === 'string' ? error : stringifyJson(error) };
  return { type: 'upstream_error', param: null, code: 'upstream_error', ...said };
}

/** A message in JSON, complete or cut off. */
const WORDS = new RegExp(`"(?:${WORD_KEYS.join('|')})"\\s*:\\s*("(?:[^"\\\\]|\\\\.)+")`);

/**
 * The error message in a text that is not JSON: the title of a page, or the message in XML or in a
 * truncated JSON document.
 */
export function errorText(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    const said = parseJson(WORDS.exec(trimmed)?.[1] ?? '');
    return typeof said === 'string' ? said : trimmed;
  }
  if (!trimmed.startsWith('<')) return trimmed;
  const words = /<(title|message|faultstring|h1)(?:\s[^<>]*)?>([^<]{1,2000})</i.exec(trimmed)?.[2];
  return words === undefined ? trimmed : words.replaceAll(/\s+/g, ' ').trim();
}

function isDeclared(answer: JsonObject): boolean {
  const { object, type, success, status } = answer;
  return object === 'error' || type === 'error' || success === false || status === 'error';
}

/** The error in `error` or `errors`. */
function saidError(answer: JsonObject): unknown {
  const { error, errors } = answer;
  if (error === true) return wordsAndCode(answer) ?? 'The upstream reports an error without a message.';
  const isNews = hasChoices(answer) ? saysError : isSaid;
  if (isNews(error)) return Array.isArray(error) ? (error[0] as unknown) : error;
  if (Array.isArray(errors)) return errors[0] as unknown;
  return isNews(errors) && typeof errors !== 'number' && typeof errors !== 'boolean' ? errors : undefined;
}

/** The error that OpenRouter puts into a choice whose service failed. */
function errorOfChoice(choices: unknown): unknown {
  for (const choice of choices as readonly unknown[]) {
    if (isJsonObject(choice) && saysError(choice['error'])) return choice['error'];
  }
  return undefined;
}

function hasChoices({ choices }: JsonObject): boolean {
  return Array.isArray(choices) && choices.length > 0;
}

/**
 * Whether a field `error` reports an error: services that always send the field leave it, or
 * everything in it, empty.
 */
export function saysError(error: unknown): boolean {
  return isSaid(error) && (!isJsonObject(error) || Object.values(error).some(isSaid));
}

function isSaid(error: unknown): boolean {
  if (error === undefined || error === null || error === false || error === '' || error === 0) return false;
  return !Array.isArray(error) || error.length > 0;
}

interface WordsAndCode {
  readonly message: string;
  readonly code?: unknown;
}

function wordsAndCode(object: JsonObject): WordsAndCode | undefined {
  const words = WORD_KEYS.map((key) => object[key]).find(
    (value) => (typeof value === 'object' && value !== null) || (typeof value === 'string' && value !== ''),
  );
  const code = CODE_KEYS.map((key) => object[key]).find(
    (value) => typeof value === 'number' || (typeof value === 'string' && value !== ''),
  );
  if (words === undefined) return undefined;
  const message = typeof words === 'string' ? words : stringifyJson(words);
  return { message, ...(code !== undefined && { code }) };
}

function inEnvelope(answer: JsonObject): WordsAndCode | undefined {
  for (const name of ENVELOPES) {
    const envelope = answer[name];
    if (!isJsonObject(envelope)) continue;
    const inner = envelope['error'] ?? envelope['Error'];
    const found = wordsAndCode(isJsonObject(inner) ? inner : envelope);
    if (isFault(found?.code)) return found;
  }
  return undefined;
}

function isFault(code: unknown): boolean {
  if (typeof code !== 'number' && typeof code !== 'string') return false;
  return code !== '' && !ALL_IS_WELL.has(typeof code === 'string' ? code.toLowerCase() : code);
}
