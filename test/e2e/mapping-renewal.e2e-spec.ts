import { LoginRig, errorOf } from '../support/login-rig.js';
import { readSse } from '../support/read-sse.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

const JOB = {
  request: { path: '/jobs', body: '{ "q": messages[-1].content }' },
  poll: {
    path: '/jobs/{id}',
    headers: { 'x-session': '$login.session' },
    done: 'state = "done"',
    interval_seconds: 0.01,
  },
  response: { text: 'result' },
};
const LOGIN = { keep: { session: 'body.session' } };
const IN_BODY = { ...LOGIN, refused_when: { body: 'code = 10401' } };

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

/** A service of jobs that are done at their third poll, where tokens end when a test says so. */
class JobService {
  logins = 0;
  oldestGood = 1;
  readonly submitted: UpstreamCall[] = [];
  readonly polls: UpstreamCall[] = [];
  readonly refused: UpstreamCall[] = [];
  readonly #polled = new Map<string, number>();

  constructor(
    private readonly refuse: (call: UpstreamCall) => unknown,
    /** Told of each poll before it is answered. */
    private readonly onPoll: (service: JobService) => void,
  ) {
    rig.upstream.handle((call) => this.#answer(call));
  }

  #answer(call: UpstreamCall): unknown {
    const { path, req, res, headers } = call;
    if (path === '/login') {
      this.logins++;
      return sendJson(res, { token: `token-no-${this.logins}`, session: `session-no-${this.logins}` });
    }
    if (req.method === 'POST') {
      this.submitted.push(call);
      return sendJson(res, { id: this.submitted.length });
    }
    this.polls.push(call);
    this.onPoll(this);
    if (Number(headers.authorization?.split('-').at(-1)) < this.oldestGood) {
      this.refused.push(call);
      return this.refuse(call);
    }
    const times = (this.#polled.get(path) ?? 0) + 1;
    this.#polled.set(path, times);
    return sendJson(res, times < 3 ? { state: 'running' } : { state: 'done', result: 'ready' });
  }
}

const by401 = ({ res }: UpstreamCall) =>
  sendJson(res, { error: { message: "The service refused the gateway's credential for 'm': expired" } }, 401);
const inBody = ({ res }: UpstreamCall) => sendJson(res, { code: 10401, msg: 'expired' });

describe('a token that ends while a job is asked for', () => {
  it.each([
    ['by status 401', LOGIN, by401],
    ['by an answer that says so', IN_BODY, inBody],
  ])('is renewed, and the poll is repeated: %s', async (_how, login, refuse) => {
    const service = new JobService(refuse, (it_) => {
      if (it_.polls.length === 2) it_.oldestGood = 2;
    });
    await rig.start({ ...login }, JOB);
    const response = await rig.ask();
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'ready' } }] });
    expect([service.logins, service.submitted.length, service.refused.length]).toEqual([2, 1, 1]);
    const shown = service.polls.map(({ headers }) => [headers.authorization, headers['x-session']]);
    const [first, second] = [1, 2].map((no) => [`Bearer token-no-${no}`, `session-no-${no}`]);
    expect(shown).toEqual([first, first, second, second]);
  });

  it('costs one login however many jobs are under way, streams too', async () => {
    const service = new JobService(by401, (it_) => {
      if (it_.polls.length === 40) it_.oldestGood = 2;
    });
    await rig.start(LOGIN, JOB);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, at) => rig.ask('m', at % 2 === 0)));
    const contents = await Promise.all(
      answers.map(async (answer, at) =>
        at % 2 === 0 ? (await readSse(answer)).content : await textOf(answer),
      ),
    );
    expect(new Set(contents)).toEqual(new Set(['ready']));
    expect([service.logins, service.submitted.length]).toEqual([2, 30]);
    expect(service.refused.length).toBeGreaterThan(0);
    expect(rig.logged('token dropped')).toHaveLength(1);
  });

  it('may end again later in the same job: each poll has its own repetition', async () => {
    const service = new JobService(by401, (it_) => {
      if (it_.polls.length === 1 || it_.polls.length === 4) it_.oldestGood++;
    });
    await rig.start(LOGIN, JOB);
    expect((await rig.ask()).status).toBe(200);
    expect([service.logins, service.refused.length]).toEqual([3, 2]);
  });

  it('fails the call when the new one is refused too, and pauses', async () => {
    const service = new JobService(by401, (it_) => {
      it_.oldestGood = 99;
    });
    await rig.start(LOGIN, JOB);
    const answer = await rig.ask();
    expect(answer.status).toBe(500);
    expect(await errorOf(answer)).toMatchObject({
      code: 'upstream_auth_failed',
      message: "The service refused the gateway's credential for 'm': expired",
    });
    expect([service.logins, service.refused.length, service.submitted.length]).toEqual([2, 2, 1]);
    expect(rig.logged('fresh token refused, backing off')).toHaveLength(1);
    expect(await errorOf(await rig.ask())).toMatchObject({ code: 'upstream_auth_failed' });
    expect([service.logins, service.submitted.length]).toEqual([2, 1]);
  });
});

async function textOf(answer: Response): Promise<unknown> {
  const { choices } = (await answer.json()) as { choices: { message: { content: unknown } }[] };
  return choices[0]!.message.content;
}
