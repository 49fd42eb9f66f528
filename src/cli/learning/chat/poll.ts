import { CommandError } from '../../command-error.js';
import { type Exchange } from '../exchange.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  type Path,
  jsonataDocument,
  jsonataPath,
  jsonataValue,
  leavesOf,
  nameOf,
  valueAt,
} from '../leaves.js';
import { linkOf, type Source } from '../login/links.js';
import { isNamed, isPlaceholder } from '../words.js';

const FINISHED = /^(?:succe.*|complete.*|done|finish.*|ok|ready|end.*)$/i;
const FAILED = ['failed', 'failure', 'error', 'canceled', 'cancelled', 'timeout', 'expired', 'rejected'];

/**
 * Learns how to ask for the result of a job.
 * @returns the `poll:` block
 */
export function learnPoll(
  polls: readonly Exchange[],
  submission: Exchange,
  findings: Findings,
): Record<string, unknown> {
  const [poll, ...further] = polls;
  if (
    further.some(
      ({ request }) =>
        request.url.pathname !== poll!.request.url.pathname || request.method !== poll!.request.method,
    )
  )
    throw new CommandError(
      `${further[0]!.request.at}: the result takes calls to several addresses, and poll: asks one alone; use the stream of the service, if it has one`,
    );
  const { request } = poll!;
  if (!['GET', 'POST'].includes(request.method))
    findings.unsure('poll.method', `polls send GET or POST, not ${request.method}`);
  const sources = submission.answer === undefined ? [] : answerSources(submission.answer.json);
  const used = new Set<string>();
  const expressionOf = (text: string, name: string): string | undefined => {
    const link = linkOf(text, name, sources);
    if (link === undefined || link.before + link.after !== '') return undefined;
    used.add(link.source.expression);
    return link.source.expression;
  };
  const fields: Record<string, unknown> = {
    path: request.url.pathname
      .split('/')
      .map((segment) => {
        const found = segment === '' ? undefined : expressionOf(decodeURIComponent(segment), 'id');
        if (found !== undefined) return `{${found}}`;
        return segment;
      })
      .join('/'),
  };
  if (request.method === 'POST') fields['method'] = 'POST';
  const query = Object.fromEntries(
    [...request.url.searchParams].map(([name, value]) => [
      name,
      expressionOf(value, name) ?? jsonataValue(value),
    ]),
  );
  if (Object.keys(query).length > 0) fields['query'] = query;
  if (request.body !== undefined) {
    const value =
      request.body.kind === 'json'
        ? request.body.value
        : request.body.kind === 'form'
          ? Object.fromEntries(request.body.fields)
          : request.body.text;
    fields['body'] = jsonataDocument(value, (path, item) =>
      typeof item === 'string' || typeof item === 'number'
        ? (expressionOf(String(item), nameOf(path)) ?? jsonataValue(item))
        : undefined,
    );
    if (request.body.kind === 'form') fields['content_type'] = 'application/x-www-form-urlencoded';
  }
  sayId(used, fields, sources, submission, findings);
  addState(fields, polls, findings);
  return fields;
}

function answerSources(document: unknown): Source[] {
  return leavesOf(document)
    .filter(({ value }) => typeof value === 'string' || typeof value === 'number')
    .map(({ path, value }) => ({
      step: 0,
      expression: jsonataPath(path),
      name: nameOf(path),
      value: String(value),
      isCookie: false,
    }));
}

function sayId(
  used: ReadonlySet<string>,
  fields: Record<string, unknown>,
  sources: readonly Source[],
  submission: Exchange,
  findings: Findings,
): void {
  if (used.size > 0) {
    findings.sure('poll.path', `${[...used].join(', ')} of the response to the chat command`);
    return;
  }
  const id = sources.find(({ name }) => isNamed('id', name) || /(?:task|job|request|run).?id/i.test(name));
  const parts = String(fields['path']).split('/');
  const last = parts.at(-1)!;
  if (id !== undefined && (isPlaceholder(decodeURIComponent(last)) || /\d/.test(last))) {
    fields['path'] = [...parts.slice(0, -1), `{${id.expression}}`].join('/');
    findings.unsure(
      'poll.path',
      `${id.expression} of the response to the chat command was put in place of the last part of the path, which is of another job`,
    );
  } else
    findings.unsure(
      'poll.path',
      submission.answer === undefined
        ? 'no response to the chat command was recorded, so it is not known where the id of the job comes from'
        : 'the command contains no value of the response to the chat command: which part is the id of the job?',
    );
}

/** Learns when a job has finished and when it has failed. */
function addState(fields: Record<string, unknown>, polls: readonly Exchange[], findings: Findings): void {
  const last = polls.at(-1)!;
  const done = last.answer?.json;
  const running = last.others['running']?.json ?? (polls.length > 1 ? polls[0]!.answer?.json : undefined);
  const failed = last.others['failed']?.json ?? last.others['error']?.json;
  const state = stateOf(done, running);
  if (state === undefined) {
    fields['done'] = 'false';
    findings.unsure(
      'poll.done',
      'no field that says whether the job is done was recognised: write the condition',
    );
    return;
  }
  const expression = jsonataPath(state.path);
  fields['done'] = state.value === true ? expression : `${expression} = ${jsonataValue(state.value)}`;
  findings[running !== undefined || FINISHED.test(String(state.value)) ? 'sure' : 'unsure'](
    'poll.done',
    `${expression} is ${jsonataValue(state.value)} in the response with the result${running === undefined ? '' : `, ${jsonataValue(valueAt(running, state.path))} before`}`,
  );
  const bad = failed === undefined ? undefined : valueAt(failed, state.path);
  const reason = leavesOf(failed).find(
    ({ name, value }) => typeof value === 'string' && (isNamed('message', name) || isNamed('failure', name)),
  );
  const failing =
    bad === undefined
      ? `$lowercase($string(${expression})) in ${jsonataValue(FAILED)}`
      : `${expression} = ${jsonataValue(bad)}`;
  fields['failed'] =
    reason === undefined
      ? failing
      : `${failing} ? (${jsonataPath(reason.path)} ? ${jsonataPath(reason.path)} : true)`;
  if (bad === undefined)
    findings.unsure('poll.failed', `no failed job was recorded: ${FAILED.join(', ')} count as failures`);
  else findings.sure('poll.failed', `${expression} is ${jsonataValue(bad)} in the recorded failure`);
}

function stateOf(done: unknown, running: unknown): Leaf | undefined {
  const leaves = leavesOf(done).filter(({ name, value }) => isNamed('job', name) && value !== null);
  const changed = leaves.filter(
    ({ path, value }) => running !== undefined && valueAt(running, path) !== value,
  );
  const finished = (running === undefined ? leaves : changed).filter(
    ({ value }) => FINISHED.test(String(value)) || value === true,
  );
  return finished[0] ?? changed[0] ?? leaves.find(({ path }: { path: Path }) => path.length <= 3);
}
