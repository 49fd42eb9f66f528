import { isJsonObject } from '../../protocol/json.js';
import { CommandError } from '../command-error.js';
import { type CurlRequest } from './curl/curl-request.js';
import { type Exchange } from './exchange.js';
import { type Findings } from './findings.js';
import { leavesOf, valueAt } from './leaves.js';
import { findHistory } from './request/history.js';
import { isNamed } from './words.js';

/** The end of the path of chat completions. */
export const COMPLETIONS = /\/chat\/completions$/;
/** Fields of the chat completions format; a request with others needs a description. */
const OF_COMPLETIONS: ReadonlySet<string> = new Set(
  (
    'model messages stream temperature top_p max_tokens max_completion_tokens n stop seed user tools tool_choice ' +
    'response_format stream_options presence_penalty frequency_penalty logprobs top_logprobs logit_bias ' +
    'parallel_tool_calls reasoning_effort metadata store'
  ).split(' '),
);

/** The chat commands from which a model is built; at least one. */
export interface Chats {
  readonly plain: Exchange | undefined;
  readonly streamed: Exchange | undefined;
}

/**
 * Chooses one command for each form of response.
 * @throws CommandError
 */
export function chosenChats(exchanges: readonly Exchange[], findings: Findings): Chats {
  const ofForm = (isStream: boolean): Exchange | undefined => {
    const found = exchanges.filter((exchange) => isStreamed(exchange, exchanges) === isStream);
    const chosen = found.find(({ request }) => findHistory(bodyOf(request)) !== undefined) ?? found[0];
    for (const other of found)
      if (other !== chosen)
        findings.sure(
          undefined,
          `${other.request.at} is of the same form as ${chosen!.request.at}, and was not used`,
        );
    return chosen;
  };
  const chats = { plain: ofForm(false), streamed: ofForm(true) };
  const { plain, streamed } = chats;
  if (
    plain !== undefined &&
    streamed !== undefined &&
    plain.request.url.origin !== streamed.request.url.origin
  )
    throw new CommandError(
      `${streamed.request.at}: the commands with and without a stream have different hosts`,
    );
  return chats;
}

function isStreamed({ answer, request }: Exchange, all: readonly Exchange[]): boolean {
  if (answer !== undefined && answer.format !== 'empty') {
    if (answer.format === 'text')
      return all.length === 1 || all.some((other) => other.answer?.format === 'json');
    return answer.format !== 'json' || /ndjson|event-stream/.test(answer.headers['content-type'] ?? '');
  }
  return [...leavesOf(bodyOf(request)), ...leavesOf(Object.fromEntries(request.url.searchParams))].some(
    ({ name, value }) =>
      isNamed('stream', name) && (value === true || /^(?:true|1|streaming|stream|sse)$/.test(String(value))),
  );
}

/** The value of a JSON body or the fields of a form; undefined for other bodies. */
export function bodyOf({ body }: CurlRequest): unknown {
  if (body?.kind === 'json') return body.value;
  return body?.kind === 'form' ? Object.fromEntries(body.fields) : undefined;
}

/** Whether requests and recorded responses are in the chat completions format. */
export function speaksCompletions({ plain, streamed }: Chats): boolean {
  return [plain, streamed].every((chat) => {
    if (chat === undefined) return true;
    const body = bodyOf(chat.request);
    if (!COMPLETIONS.test(chat.request.url.pathname) || !isJsonObject(body)) return false;
    if (!Array.isArray(body['messages']) || typeof body['model'] !== 'string') return false;
    if (!Object.keys(body).every((name) => OF_COMPLETIONS.has(name))) return false;
    const { answer } = chat;
    if (answer === undefined || answer.format === 'empty') return true;
    if (answer.json !== undefined)
      return typeof valueAt(answer.json, ['choices', 0, 'message', 'content']) === 'string';
    return answer.events.some(
      ({ data }) => typeof valueAt(data, ['choices', 0, 'delta', 'content']) === 'string',
    );
  });
}
