import { readEnvelope } from '../chat/envelope.js';
import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { type Exchange } from '../exchange.js';
import { type Findings } from '../findings.js';
import { jsonataValue, leavesOf, valueAt } from '../leaves.js';
import { jsonataPath } from '../leaves.js';

/**
 * Learns how the service reports that a token has ended.
 * @returns `refused_when`; undefined if status 401 suffices
 * @param isForm whether the login is a form that redirects
 */
export function learnRefusal(
  chats: readonly Exchange[],
  isForm: boolean,
  findings: Findings,
): Record<string, unknown> | undefined {
  const expired = chats.map(({ others }) => others['expired']).find((answer) => answer !== undefined);
  const good = chats.find(({ answer }) => answer?.json !== undefined)?.answer?.json;
  if (expired !== undefined) return fromRecorded(expired, good, findings);
  if (isForm) {
    findings.unsure(
      'login.refused_when',
      'no response to an ended session was recorded: a redirect was assumed',
    );
    return { status: [302, 401] };
  }
  const { flag } = readEnvelope([good], undefined);
  if (flag?.good === 200 || flag?.good === '200') {
    findings.unsure(
      'login.refused_when',
      `no response to an ended token was recorded: ${flag.expression} 401 was assumed`,
    );
    return { body: `${flag.expression} = ${jsonataValue(typeof flag.good === 'string' ? '401' : 401)}` };
  }
  const why = 'no response to an ended token was recorded (chat.expired): HTTP 401 alone counts as one';
  if (flag === undefined) findings.sure('login.refused_when', why);
  else findings.unsure('login.refused_when', why);
  return undefined;
}

function fromRecorded(
  expired: RecordedAnswer,
  good: unknown,
  findings: Findings,
): Record<string, unknown> | undefined {
  const { status = 200 } = expired;
  if (status >= 300) {
    findings.sure('login.refused_when', `the recorded refusal is HTTP ${status}`);
    return status === 401 ? undefined : { status: [status, 401].toSorted((a, b) => a - b) };
  }
  const { flag } = readEnvelope([good], expired.json);
  const codes = leavesOf(expired.json).filter(
    ({ path, value }) =>
      path.length <= 2 && isCode(String(path.at(-1)), value) && valueAt(good, path) !== value,
  );
  const code = codes[0];
  const value = flag === undefined ? undefined : valueAt(expired.json, flag.path);
  const tells = code ?? (flag === undefined ? undefined : { path: flag.path, value });
  if (tells === undefined) {
    findings.unsure(
      'login.refused_when',
      `${expired.file}: no field that says that the token has ended was recognised`,
    );
    return undefined;
  }
  const body = `${jsonataPath(tells.path)} = ${jsonataValue(tells.value)}`;
  if (typeof tells.value === 'boolean')
    findings.unsure(
      'login.refused_when',
      `${body} in the recorded refusal, but in any other failure too: each of them would log in again`,
    );
  else findings.sure('login.refused_when', `${body} in the recorded refusal`);
  return { body };
}

/**
 * Whether a field is a code: a number, or a text such as `A0230` or `TOKEN_EXPIRED`, but not a word
 * such as `error`.
 */
function isCode(name: string, value: unknown): boolean {
  if (typeof value === 'number') return /code|errno|status|ret/i.test(name);
  return (
    typeof value === 'string' &&
    /(?:code|errno|status|ret)$/i.test(name) &&
    /^[\w.-]{2,40}$/.test(value) &&
    /[\d_-]|token|expire|login|auth/i.test(value)
  );
}
