import { loadText, problemsOf } from '../../../../test/fixtures/config/load-text.js';

const yaml = (probe: string, group = 'openai', more = '') =>
  `auth: { api_keys: ["a-key-of-a-test-0001"] }\nmodels: { ${group}: [{ name: m, base_url: "https://x.test", ${more} probe: ${probe} }] }`;
const LOGIN = 'auth_url: "https://x.test/login", username: u, password: p,';

describe('a probe', () => {
  it('may be a word', () => {
    const [model] = loadText(yaml('chat')).config.models;
    expect(model!.probe).toEqual({
      kind: 'chat',
      interval_seconds: 60,
      jitter_percent: 20,
      timeout_seconds: 10,
    });
    expect(loadText(yaml('"${KIND}"'), { env: { KIND: 'tcp' } }).config.models[0]!.probe!.kind).toBe('tcp');
  });

  it('is none by default', () => {
    expect(loadText(yaml('')).config.models[0]!.probe).toBeUndefined();
  });

  it.each([
    [
      '{ interval_seconds: 5 }',
      '2 models.openai[0].probe.kind: missing, expected one of live, tcp, http, login,',
    ],
    ['ping', '2 models.openai[0].probe.kind: expected one of live, tcp, http, login, models, chat'],
    [
      '{ kind: tcp, interval_seconds: 0 }',
      '2 models.openai[0].probe.interval_seconds: expected a number of seconds',
    ],
    [
      '{ kind: tcp, jitter_percent: 101 }',
      '2 models.openai[0].probe.jitter_percent: expected a number from 0 to 100',
    ],
    ['{ kind: http, path: health }', '2 models.openai[0].probe.path: expected a path that begins with /'],
    ['{ kind: tcp, intervall: 5 }', '2 models.openai[0].probe.intervall: unknown key'],
    ['login', '2 models.openai[0].probe.kind: this model has no login, expected another kind'],
  ])('of %s is refused', (probe, problem) => {
    expect(problemsOf(yaml(probe))).toEqual([expect.stringContaining(problem)]);
  });

  it('of the kind login needs a login', () => {
    expect(loadText(yaml('login', 'request', LOGIN)).warnings).toEqual([]);
    expect(problemsOf(yaml('login', 'request', 'token: t,'))).toHaveLength(1);
  });

  it('is warned of what its kind does not use', () => {
    expect(loadText(yaml('{ kind: tcp, path: "/x", message: hi }')).warnings).toEqual([
      expect.stringContaining('probe.path: has no effect'),
      expect.stringContaining('probe.message: has no effect'),
    ]);
  });
});
