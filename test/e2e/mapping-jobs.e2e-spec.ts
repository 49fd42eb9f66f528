import { poll } from '../support/cli-process.js';
import { parseSse, readSse } from '../support/read-sse.js';
import { until, SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import {
  MAPPED_TOKEN,
  type MappedGateway,
  readCompletion,
  readError,
  startMapped,
} from '../support/start-mapped.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

const LOOP = '($f := function($x){ $f($x) }; $f(1))';

const job = (poll: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  request: { path: '/jobs', body: '{ "q": messages[-1].content }' },
  poll: {
    path: '/jobs/{job.id}',
    query: { user: '$request.user' },
    headers: { 'x-ticket': 'ticket' },
    done: 'state = "done"',
    failed: 'state = "failed" ? (reason ? reason : true)',
    interval_seconds: 0.02,
    ...poll,
  },
  response: { text: 'result & $submit.suffix', error: 'error', error_status: '400' },
  ...more,
});

/** `$request` in each place of a job's mapping, as a whole and by its fields. */
const LOOKING = {
  fields: job({
    query: { user: '$request.user', last: '$request.messages[-1].content' },
    headers: { 'x-count': '$count($request.x)' },
  }),
  whole: job({
    query: { user: '$lookup($request, "user")', last: '($r := $request; $r.messages[-1].content)' },
    headers: { 'x-count': '$eval("$count($request.x)")' },
  }),
};

const MODELS = {
  ...LOOKING,
  job: job(),
  shown: job({ method: 'POST', body: '$request.metadata' }),
  posted: job({ method: 'POST', body: '{ "id": job.id }' }),
  loops: job({ done: LOOP }),
  noPath: job({ path: '/jobs/{nothing}' }),
  short: job({}, { timeouts: { total_seconds: 0.3 } }),
};

describe('a service that takes jobs', () => {
  let it_: MappedGateway;
  let polls: UpstreamCall[];
  /** Answers the submission, and the polls one after the other; the last answer for all that follow. */
  const play = (submit: unknown, ...answers: unknown[]) => {
    polls = [];
    it_.upstream.handle((call) => {
      if (call.path === '/base/jobs') return sendJson(call.res, submit);
      polls.push(call);
      return sendJson(call.res, answers[Math.min(polls.length, answers.length) - 1]);
    });
  };
  const SUBMITTED = { job: { id: 'j 1' }, ticket: 't-9', suffix: '!' };

  beforeAll(async () => {
    it_ = await startMapped(MODELS, { ...SINGLE_ATTEMPTS, server: { sse_keepalive_seconds: 0.03 } });
  });
  afterAll(() => it_.close());

  it('is asked until it is done', async () => {
    play(SUBMITTED, { state: 'queued' }, { state: 'running' }, { state: 'done', result: 'yes' });
    const { content, usage } = await readCompletion(await it_.ask('job', { user: 'kim' }));
    expect(content).toBe('yes!');
    expect(usage).toMatchObject({ estimated: true });
    expect(polls).toHaveLength(3);
    expect(polls[0]).toMatchObject({
      path: '/base/jobs/j%201?user=kim',
      req: { method: 'GET' },
      headers: { authorization: `Bearer ${MAPPED_TOKEN}`, 'x-ticket': 't-9', accept: 'application/json' },
    });
  });

  it.each(
    Object.keys(LOOKING).flatMap((model) =>
      [1, 300, 10_000, 250_000].flatMap((count) =>
        [0, 600_000].map((length) => [model, count, length] as const),
      ),
    ),
  )('shows polls the request (%s, %d values, a text of %d)', async (model, count, length) => {
    play(SUBMITTED, { state: 'running' }, { state: 'done', result: 'yes' });
    const x = Array<unknown>(count).fill({});
    const messages = [
      { role: 'user', content: 'z'.repeat(length) },
      { role: 'user', content: 'é' },
    ];
    const { content } = await readCompletion(await it_.ask(model, { user: 'kim', messages, x }));
    expect(content).toBe('yes!');
    expect(polls.map(({ path, headers }) => [path, headers['x-count']])).toEqual(
      Array(2).fill(['/base/jobs/j%201?user=kim&last=%C3%A9', String(count)]),
    );
  });

  it('shows polls a field as it came', async () => {
    play(SUBMITTED, { state: 'done', result: 'yes' });
    const metadata = { list: [1], lists: [[1]], none: [], nothing: null, big: 'BIG' };
    for (const x of ['', 'x'.repeat(600_000)]) {
      const body = JSON.stringify({
        model: 'shown',
        messages: [{ role: 'user', content: 'hi' }],
        metadata,
        x,
      });
      await it_.gateway.chat(body.replace('"BIG"', '12345678901234567890'));
      expect(polls.at(-1)!.body.toString()).toBe(
        '{"list":[1],"lists":[[1]],"none":[],"nothing":null,"big":12345678901234567890}',
      );
    }
  });

  it('reads a large response to the submission elsewhere, once more for each poll', async () => {
    play({ ...SUBMITTED, more: 'm'.repeat(600_000) }, { state: 'running' }, { state: 'done', result: 'yes' });
    expect(await readCompletion(await it_.ask('job', { user: 'kim' }))).toMatchObject({ content: 'yes!' });
    expect(polls[1]).toMatchObject({ path: '/base/jobs/j%201?user=kim', headers: { 'x-ticket': 't-9' } });
    play(`{"job":${'m'.repeat(600_000)}`);
    expect(await readError(await it_.ask('job'))).toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringContaining('not JSON') as string,
    });
  });

  it('may be polled by POST with a body', async () => {
    play(SUBMITTED, { state: 'done', result: 'yes' });
    expect(await readCompletion(await it_.ask('posted'))).toMatchObject({ content: 'yes!' });
    expect(JSON.parse(polls[0]!.body.toString())).toEqual({ id: 'j 1' });
  });

  it('streams, kept alive while the job runs', async () => {
    play(SUBMITTED, ...Array<unknown>(10).fill({ state: 'running' }), { state: 'done', result: 'yes' });
    const response = await it_.ask('job', { stream: true });
    const { text, content, isDone } = await readSse(response);
    expect([content, isDone]).toEqual(['yes!', true]);
    expect(text).toMatch(/^: keep-alive/);
  });

  it.each([
    [
      'a job that failed',
      'job',
      [SUBMITTED, { state: 'failed', reason: 'no luck' }],
      500,
      'upstream_error',
      'no luck',
    ],
    [
      'one that says no reason',
      'job',
      [SUBMITTED, { state: 'failed' }],
      500,
      'upstream_error',
      'without a message',
    ],
    ['a refused submission', 'job', [{ error: 'bad words' }], 400, null, 'bad words'],
    ['an error while it runs', 'job', [SUBMITTED, { error: 'lost' }], 400, null, 'lost'],
    ['an expression that loops', 'loops', [SUBMITTED, {}], 500, 'upstream_invalid_response', 'poll.done'],
    ['a poll without its address', 'noPath', [SUBMITTED, {}], 500, 'upstream_invalid_response', 'poll.path'],
    [
      'a result without a text',
      'job',
      [{ ...SUBMITTED, suffix: [] }, '<html>'],
      500,
      'upstream_invalid_response',
      'not JSON',
    ],
    ['a job without an end', 'short', [SUBMITTED, {}], 500, 'total_timeout', 'timeouts.total_seconds'],
  ])('reports %s', async (_what, model, [submit, ...answers], status, code, message) => {
    play(submit, ...answers);
    const wanted = { code, message: expect.stringContaining(message) as string };
    expect(await readError(await it_.ask(model))).toMatchObject({ status, ...wanted });
    const stream = await readSse(await it_.ask(model, { stream: true }));
    expect(stream).toMatchObject({ isDone: false, error: wanted });
  });

  it('is a failed call when a poll is refused', async () => {
    it_.upstream.handle(({ res, path }) =>
      path === '/base/jobs' ? sendJson(res, SUBMITTED) : sendJson(res, { error: 'gone' }, 404),
    );
    expect(await readError(await it_.ask('job'))).toMatchObject({
      status: 500,
      code: 'upstream_not_found',
      message: 'gone',
    });
  });

  it.each([true, false])('is left alone when the client leaves (stream: %s)', async (stream) => {
    play(SUBMITTED, { state: 'running' });
    const leave = new AbortController();
    const call = it_.ask('job', { stream }, leave.signal).then(
      async (response) => parseSse(await response.text()),
      () => undefined,
    );
    await until(() => polls.length > 1);
    leave.abort();
    await call.catch(() => undefined);
    // A busy machine may need a while to hear of it; the polls would go on, one each 20 ms.
    await poll(async () => {
      const before = polls.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return polls.length === before;
    }, 5000);
  });
});
