import { type Model } from '../routing/model.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { CLIENT_DIALECTS } from '../dialects/client-dialects.js';
import { type Prices } from '../prices/prices.js';
import { NO_LIMITS } from '../protocol/scanning/json-scan.js';
import { estimateOf, sizeOf } from './estimate-call.js';

const model = (...maxTokens: (number | undefined)[]) =>
  ({
    deployments: maxTokens.map((max_tokens) => ({ config: { max_tokens } })),
    fallbacks: [],
  }) as unknown as Model;
const SAID = [{ role: 'user', content: 'hi' }];

function parsed(route: string, body: object): ClientRequest {
  const dialect = CLIENT_DIALECTS.find((each) => each.route === route)!;
  return dialect.parse(Buffer.from(JSON.stringify({ model: 'm', ...body })), NO_LIMITS);
}
const outputOf = (route: string, body: object, of = model(undefined)) => {
  const { output, leastOutput } = sizeOf({ model: of, request: parsed(route, body) });
  return [output, leastOutput];
};

it.each([
  ['/v1/chat/completions', { messages: SAID, max_tokens: 7 }, 7],
  ['/v1/chat/completions', { messages: SAID, max_completion_tokens: 8, n: 3 }, 24],
  ['/v1/chat/completions', { messages: SAID, max_tokens: 5, max_completion_tokens: 8 }, 8],
  ['/v1/responses', { input: 'hi', max_output_tokens: 9 }, 9],
  ['/v1/messages', { messages: SAID, max_tokens: 11 }, 11],
  ['/v1/completions', { prompt: ['a', 'b'], max_tokens: 4, n: 2, best_of: 3 }, 24],
])('takes the token limit of the client: %s %j', (route, body, output) => {
  expect(outputOf(route, body)).toEqual([output, output]);
});

it.each([
  ['/v1/chat/completions', { messages: SAID, max_tokens: null }],
  ['/v1/responses', { input: 'hi' }],
  ['/v1/completions', { prompt: 'hi' }],
])("uses the model's limit if the client sets none, and otherwise guesses: %s %j", (route, body) => {
  expect(outputOf(route, body, model(300))).toEqual([300, 300]);
  expect(outputOf(route, body, model(300, 4000))).toEqual([4000, 4000]);
  expect(outputOf(route, body, model(undefined, 300))).toEqual([1024, 0]);
});

it.each([
  ['/v1/chat/completions', { messages: SAID, n: 3 }, 3],
  ['/v1/completions', { prompt: ['a', 'b'], n: 2, best_of: 5 }, 10],
])("takes the model's limit, and guesses, for each choice: %s %j", (route, body, choices) => {
  expect(outputOf(route, body, model(300))).toEqual([300 * choices, 300 * choices]);
  expect(outputOf(route, body, model(undefined))).toEqual([1024 * choices, 0]);
});

it.each([
  ['/v1/images/generations', { prompt: 'x', n: 4 }, 4],
  ['/v1/images/edits', { prompt: 'x', n: 2 }, 2],
  ['/v1/images/generations', { prompt: 'x', n: null }, 1],
  ['/v1/images/generations', { prompt: 'x', n: 'many' }, 1],
  ['/v1/images/generations', { prompt: 'x', n: -4 }, 1],
  ['/v1/chat/completions', { messages: SAID, n: 3 }, 3],
  ['/v1/embeddings', { input: 'x', n: 3 }, 1],
])('expects as many images as the client asks for: %s %j', (route, body, images) => {
  expect(sizeOf({ model: model(300), request: parsed(route, body) }).images).toBe(images);
});

it.each(['/v1/embeddings', '/v1/rerank', '/v2/rerank', '/v1/moderations'])(
  'expects no output of %s',
  (route) => {
    const request = parsed(route, { input: 'some words', query: 'q', documents: [] });
    expect(sizeOf({ model: model(300), request })).toEqual({
      input: request.body.length,
      output: 0,
      leastOutput: 0,
      images: 1,
    });
  },
);

it('asks for no more than numbers can hold exactly', () => {
  const body = { messages: SAID, n: 2 ** 50, max_tokens: 2 ** 50 };
  const wish = { model: model(300), request: parsed('/v1/chat/completions', body) };
  const prices = { estimateNanoUsd: () => 1e30 } as unknown as Prices;
  const most = Number.MAX_SAFE_INTEGER;
  expect(estimateOf(wish, sizeOf(wish), prices)).toEqual({
    tokens: most,
    nanoUsd: most,
    leastTokens: most,
    leastNanoUsd: most,
  });
});

it('expects nothing of a count of tokens', () => {
  const wish = { model: model(300), request: parsed('/v1/messages/count_tokens', { messages: SAID }) };
  expect(estimateOf(wish, sizeOf(wish), undefined).tokens).toBe(0);
});
