import { loadText, problemsOf } from '../../../../test/fixtures/config/load-text.js';
import { type RequestModelConfig } from '../../../providers/request/request-model.config.js';

const AUTH = 'auth: { api_keys: ["client-key-of-tests"] }\n';
const MODEL = `${AUTH}models:
  request:
    - name: m
      base_url: https://x.test/api
`;
const ACCOUNT = `      username: u
      password: p-secret-77
`;
const problems = (login: string) => problemsOf(`${MODEL}${ACCOUNT}      login:\n${login}`);
const at = 'models.request[0].login';

describe('a login block', () => {
  it('is one recipe for many models by an anchor', () => {
    const { config, warnings } = loadText(`${MODEL}${ACCOUNT}      login: &corp
        url: /auth
        token: body.data.token
    - name: n
      base_url: https://x.test/other
      username: u
      password: p-secret-77
      login: *corp
`);
    const [first, second] = config.models as RequestModelConfig[];
    expect(second!.login).toEqual(first!.login);
    expect(first!.login).toMatchObject({ url: '/auth', token: 'body.data.token' });
    expect(warnings).toEqual([]);
  });

  it('reports unknown keys, wrong values and wrong types with their lines', () => {
    expect(
      problems(`        url: /auth
        tokn: body.x
        send_as: forms
        preset: oauth2
        lifetime_unit: minutes
        carry: { in: body, prefx: x }
        refused_when: { status: 401 }
        keep: [a]
`),
    ).toEqual([
      `10 ${at}.tokn: unknown key, did you mean "token"?`,
      `11 ${at}.send_as: expected one of json, form, query, basic, none, got a string`,
      `12 ${at}.preset: expected one of default, oauth2_client_credentials, oauth2_password, basic, got a string`,
      `13 ${at}.lifetime_unit: expected one of seconds, milliseconds, epoch_seconds, epoch_milliseconds, iso_date, got a string`,
      `14 ${at}.carry.prefx: unknown key, did you mean "prefix"?`,
      `14 ${at}.carry.in: expected one of header, query, cookie, got a string`,
      `15 ${at}.refused_when.status: expected a list of HTTP statuses, got a number`,
      `16 ${at}.keep: expected a mapping of names to JSONata expressions, got a list with other items`,
    ]);
  });

  it('reports each expression that is none with its line', () => {
    expect(
      problems(`        url: /auth
        token: body.(
        lifetime: "{"
        success: a = = b
        message: '"open'
        keep: { a: "[", b: 5 }
        call_headers: { x-a: ")" }
        call_query: { q: "(" }
        refused_when: { body: "code =" }
`).map((line) => line.replace(/: is not a JSONata expression: syntax error .*/, ': syntax')),
    ).toEqual([
      `10 ${at}.token: syntax`,
      `11 ${at}.lifetime: syntax`,
      `12 ${at}.success: syntax`,
      `13 ${at}.message: syntax`,
      `14 ${at}.keep.a: syntax`,
      `14 ${at}.keep.b: expected a JSONata expression (put it in quotes)`,
      `15 ${at}.call_headers.x-a: syntax`,
      `16 ${at}.call_query.q: syntax`,
      `17 ${at}.refused_when.body: syntax`,
    ]);
  });

  it('reports what is wrong inside a step with its line', () => {
    expect(
      problems(`        preset: oauth2_password
        method: GET
        steps:
          - url: /a/{tenant}
            keep: { body: status, ok-not: status, tenant: body.t }
          - url: ftp://x.test
            token: body.x
            headers: { "x y": a, content-length: "1" }
          - url: https://u:p@x.test/{tenant}
            body: "{"
            fields: { a: [1] }
          -
`),
    ).toEqual([
      '4 models.request[0].auth_url: is missing; expected it, or a url in every step of the login',
      `9 ${at}.preset: cannot be combined with steps; expected one call, as OAuth 2.0 has it`,
      `10 ${at}.method: cannot be combined with steps; expected it inside a step`,
      `11 ${at}.steps[3]: expected a mapping, got nothing`,
      `12 ${at}.steps[0].url: {tenant} is kept by no step before this one, expected one of username`,
      `13 ${at}.steps[0].keep.body: is a reserved name, expected another one`,
      `13 ${at}.steps[0].keep.ok-not: is not a name that expressions can use, expected letters, digits and _`,
      `14 ${at}.steps[1].url: expected an http:// or https:// address, or a path below base_url`,
      `15 ${at}.steps[1].token: unknown key, expected one of url, method, headers, send_as, username_field, password_field, fields, body, keep, success, message`,
      `16 ${at}.steps[1].headers["x y"]: is not a legal header name, expected letters, digits and -`,
      `16 ${at}.steps[1].headers.content-length: is set by the gateway, expected another header`,
      `17 ${at}.steps[2].url: contains a user name or password, expected them in fields of their own, not in the address`,
      `18 ${at}.steps[2].body: is not a JSONata expression: syntax error at its end (S0203), character 1`,
      `19 ${at}.steps[2].fields: cannot be combined with body; expected body alone, which says all that is sent`,
      `19 ${at}.steps[2].fields.a: expected a string, a number or a flag; body is for what is nested or built`,
    ]);
  });

  it.each([
    [
      'no address',
      'login: { token: body.x }',
      'auth_url: is missing; expected it, or a url in every step of the login',
    ],
    [
      'a token beside it',
      'token: abc\n      login: { url: /a }',
      'login: cannot be combined with token; expected either a token or a login, not both',
    ],
    [
      'a cookie without a name',
      'login: { url: /a, carry: { in: cookie } }',
      'login.carry.name: is missing; expected the name of the cookie',
    ],
    ['an empty list of steps', 'login: { steps: [] }', 'login.steps: is empty, expected at least one step'],
    [
      'no list of steps',
      'login: { steps: { url: /a } }',
      'login.steps: expected a list of mappings, got a mapping (begin each with "- ")',
    ],
    [
      'statuses that are none',
      'login: { url: /a, refused_when: { status: [200, 1001] } }',
      'login.refused_when.status: expected a list of HTTP statuses from 300 to 599, got others',
    ],
    [
      'a time zone that is none',
      'login: { url: /a, time_zone: Asia/Nowhere }',
      'login.time_zone: expected the name of a time zone such as Asia/Shanghai, or an offset such as +08:00',
    ],
    [
      'more than preset basic needs',
      'login: { preset: basic, token: body.x }',
      'login.token: cannot be combined with preset: basic, which has no login; expected carry at most',
    ],
  ])('with %s is a problem', (_what, lines, problem) => {
    const found = problemsOf(`${MODEL}${ACCOUNT}      ${lines}\n`);
    expect(found.map((line) => line.replace(/^\d+ models\.request\[0\]\./, ''))).toContain(problem);
  });

  it('needs user name and password only if they are sent', () => {
    const wants = (login: string) => problemsOf(`${MODEL}      login: ${login}\n`).length;
    expect(wants('{ url: /a }')).toBe(2);
    expect(wants('{ preset: basic }')).toBe(2);
    expect(() =>
      loadText(`${MODEL}      login: { url: /a, send_as: none, fields: { app_key: k } }\n`),
    ).not.toThrow();
  });

  it('never shows its content', () => {
    const text = problems(`        send_as: p-secret-77
        fields: { client_secret: [p-secret-77] }
        carry: { in: p-secret-77 }
`).join('\n');
    expect(text).not.toContain('p-secret-77');
  });
});
