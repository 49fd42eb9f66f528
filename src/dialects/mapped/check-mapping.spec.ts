import { AUTH, expectRefusals, type Mistake, mistake } from '../../../test/fixtures/config/mistake.js';
import { loadText } from '../../../test/fixtures/config/load-text.js';

const entry = (lines: string) =>
  `${AUTH}\nmodels:\n  request:\n    - name: m\n      base_url: "https://x.test"\n      token: the-token\n${lines.replace(/^/gm, '      ')}\n`;

/** A mistake in a mapping; its first line is line 7. */
const inMapping = (what: string, lines: string, problem: string): Mistake =>
  mistake(what, entry(lines), problem.replace(' ', ' models.request[0].'));

describe('the blocks of a mapping', () => {
  expectRefusals([
    inMapping(
      'unknown key',
      'response:\n  tool_cals: a\n  text: a',
      '8 response.tool_cals: unknown key, did you mean "tool_calls"?',
    ),
    inMapping(
      'unknown key of a stream',
      'stream:\n  text: a\n  whole_txt: true',
      '9 stream.whole_txt: unknown key',
    ),
    inMapping('no text', 'response: { id: a }', '7 response.text: missing, expected a JSONata expression'),
    inMapping(
      'no text of events',
      'stream:\n  done: a',
      '7 stream.text: missing, expected a JSONata expression',
    ),
    inMapping(
      'unknown format',
      'stream:\n  format: xml\n  text: a',
      '8 stream.format: expected one of sse, ndjson, text',
    ),
    inMapping(
      'unknown mode',
      'upstream_mode: json',
      '7 upstream_mode: expected one of both, json_only, stream_only',
    ),
    inMapping('text as a number', 'response:\n  text: 5', '8 response.text: expected a JSONata expression'),
    inMapping(
      'syntax error',
      'response:\n  text: a\n  error: "code ("',
      '9 response.error: is not a JSONata expression: syntax error at its end',
    ),
    inMapping(
      'syntax error in a later line',
      'request:\n  body: |\n    { "a": 1,\n      "b": ) }',
      "8 request.body: is not a JSONata expression: syntax error near ')' (S0211), in its line 2",
    ),
    inMapping(
      'syntax error in usage',
      'response:\n  text: a\n  usage:\n    prompt_tokens: "("',
      '10 response.usage.prompt_tokens: is not',
    ),
    inMapping(
      'syntax error in query',
      'request:\n  query:\n    q: "("',
      '9 request.query.q: is not a JSONata',
    ),
    inMapping('syntax error in a path', 'request:\n  path: "/a/{(}"', '8 request.path: is not a JSONata'),
    inMapping(
      'brace without partner',
      'request:\n  path: "/a/{b"',
      '8 request.path: holds an unbalanced brace',
    ),
    inMapping('query in a path', 'request:\n  path: "/a?b=c"', '8 request.path: holds a ? or #'),
    inMapping(
      'path without a slash',
      'request:\n  path: a',
      '8 request.path: expected a path that begins with /',
    ),
    inMapping(
      'illegal header',
      'request:\n  headers:\n    "a b": c',
      '9 request.headers["a b"]: is not a legal header',
    ),
    inMapping(
      'framing header',
      'request:\n  headers:\n    host: c',
      '9 request.headers.host: is set by the gateway',
    ),
    inMapping(
      'unquoted expression',
      'request:\n  query:\n    q: 5',
      '9 request.query.q: expected a JSONata expression in quotes',
    ),
    inMapping(
      'GET with a body',
      'request:\n  method: GET\n  body: a',
      '9 request.body: cannot be combined with method GET',
    ),
    inMapping(
      'status without error',
      'response:\n  text: a\n  error_status: b',
      '9 response.error_status: has no effect',
    ),
    inMapping(
      'poll without response',
      'poll: { path: /a, done: b }',
      '4 response: missing, expected one with poll',
    ),
    inMapping('poll without path', 'response: { text: a }\npoll: { done: b }', '8 poll.path: missing'),
    inMapping('poll without done', 'response: { text: a }\npoll: { path: /b }', '8 poll.done: missing'),
    inMapping(
      'poll with stream',
      'response: { text: a }\npoll: { path: /b, done: c }\nstream: { text: d }',
      '9 stream: cannot be combined with poll',
    ),
    inMapping(
      'poll and streaming',
      'response: { text: a }\npoll: { path: /b, done: c }\nupstream_mode: both',
      '9 upstream_mode: contradicts poll',
    ),
  ]);

  it('load when they are right, with what they leave out filled in', () => {
    const { config } = loadText(entry('response:\n  text: a\nstream:\n  text: b\nsettings: { a: [1] }'));
    expect(config.models[0]).toMatchObject({
      response: { text: 'a' },
      stream: { text: 'b', format: 'sse', whole_text: false },
      settings: { a: [1] },
    });
  });
});
