/** What the sandbox sends as an event that is not JSON; the gateway passes it on. */
const MALFORMED = '{"id": this is not JSON';
const ERROR_KEYS = ['message', 'type', 'param', 'code'];

/**
 * @typedef {object} Received what a client received
 * @property {number | undefined} status undefined without a response
 * @property {Record<string, string>} headers
 * @property {string} text
 * @property {string | undefined} broken how the connection ended, if it ended before the response
 *
 * @typedef {object} Verdict
 * @property {'whole' | 'error' | 'in-band' | 'lost' | 'mismatched'} outcome
 * @property {number} [status] of a clean error
 * @property {string} [code] of the error
 * @property {string} [why] what is wrong
 */

/**
 * Whether a client that stayed was served: with a complete reply, a clean error, or an in-band error.
 * @param {import('./scenario.mjs').Scenario} scenario @param {Received} received @returns {Verdict}
 */
export function judge(scenario, { status, headers, text, broken }) {
  const lost = (why) => ({ outcome: 'lost', why });
  if (status === undefined) return lost(`no answer: ${broken}`);
  if (broken !== undefined) return lost(`HTTP ${status}, then ${broken}`);
  if (headers['x-request-id'] !== scenario.nonce) {
    return { outcome: 'mismatched', why: `request id ${headers['x-request-id']}` };
  }
  const isEvents = headers['content-type']?.startsWith('text/event-stream') ?? false;
  if (status !== 200) {
    const error = errorOf(parse(text));
    return error === undefined
      ? lost(`HTTP ${status} without an error object`)
      : { outcome: 'error', status, code: error };
  }
  return scenario.isStream && isEvents ? judgeStream(scenario, text) : judgeJson(scenario, text);
}

function judgeJson(scenario, text) {
  const content = parse(text)?.choices?.[0]?.message?.content;
  if (typeof content !== 'string') return { outcome: 'lost', why: 'HTTP 200 without an answer' };
  return judgeContent(scenario, content, true);
}

function judgeStream(scenario, text) {
  const lost = (why) => ({ outcome: 'lost', why });
  let content = '';
  let isDone = false;
  let code;
  for (const event of text.replaceAll('\r\n', '\n').split('\n\n')) {
    const data = event
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5).trimStart())
      .join('\n');
    if (data === '' || data === MALFORMED) continue;
    if (isDone || code !== undefined) return lost('an event after the last one');
    if (data === '[DONE]') {
      isDone = true;
      continue;
    }
    const chunk = parse(data);
    if (chunk === undefined) return lost('an event that does not parse');
    if (chunk.error !== undefined) {
      code = errorOf(chunk);
      if (code === undefined) return lost('an error event without the four keys');
    } else content += chunk.choices?.[0]?.delta?.content ?? '';
  }
  const verdict = judgeContent(scenario, content, isDone);
  if (verdict.outcome === 'mismatched') return verdict;
  if (isDone) return verdict;
  return code === undefined ? lost('a stream that just ends') : { outcome: 'in-band', code };
}

/** The sandbox repeats the question; a partial reply has to be its beginning. */
function judgeContent({ nonce }, content, isWhole) {
  const words = /The word is ([\w-]*)/.exec(content)?.[1];
  if (words === undefined) {
    return isWhole
      ? { outcome: 'mismatched', why: `no word in ${content.slice(0, 80)}` }
      : { outcome: 'whole' };
  }
  const isRight = isWhole || content.includes('. 你好') ? words === nonce : nonce.startsWith(words);
  return isRight ? { outcome: 'whole' } : { outcome: 'mismatched', why: `the word ${words} for ${nonce}` };
}

/** @returns the code, or the type without one; undefined if it is not an error object */
function errorOf(body) {
  const error = body?.error;
  if (typeof error !== 'object' || error === null) return undefined;
  if (!ERROR_KEYS.every((key) => key in error)) return undefined;
  return String(error.code ?? error.type);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
