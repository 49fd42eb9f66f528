import { sumOfUsage } from '../../conversation/usage-classes.js';
import { COHERE_RERANK } from '../rerank/rerank.js';
import { IMAGE_GENERATIONS } from '../openai-images/openai-images.js';
import { TRANSCRIPTIONS } from '../openai-audio/transcriptions.js';
import { type Dialect, type WholeReply } from '../ports/dialect.js';
import { EventWatch } from './event-watch.js';
import { readPassedUsage } from './passed-usage.js';

describe('readPassedUsage', () => {
  it.each([
    [
      { prompt_tokens: 4, total_tokens: 4 },
      { promptTokens: 4, completionTokens: 0 },
    ],
    [{ total_tokens: 9 }, { promptTokens: 9, completionTokens: 0 }],
    [
      { input_tokens: 4, output_tokens: 3, total_tokens: 7 },
      { promptTokens: 4, completionTokens: 3 },
    ],
    [
      { input_tokens: 14, output_tokens: 101, input_token_details: { audio_tokens: 10, text_tokens: 4 } },
      { promptTokens: 14, completionTokens: 101, audioInputTokens: 10 },
    ],
    [
      { type: 'duration', seconds: 2.5 },
      { promptTokens: 0, completionTokens: 0, seconds: 2.5 },
    ],
  ])('reads %j', (usage, read) => {
    expect(readPassedUsage(usage)).toEqual(read);
  });

  it.each([[undefined], [null], [{}], [{ total_tokens: -1 }], [{ seconds: 'two' }]])(
    'reads nothing out of %j',
    (usage) => {
      expect(readPassedUsage(usage)).toBeUndefined();
    },
  );
});

describe.each([
  ['as bytes', true],
  ['as built', false],
])('what a whole reply used, read %s', (_way, isScanned) => {
  async function usageOf(dialect: Dialect, document: object): Promise<WholeReply['usage']> {
    // A document that contains `errors` is parsed as a whole, because it may report an error.
    const bytes = Buffer.from(JSON.stringify(isScanned ? document : { ...document, errors: null }));
    const body = { bytes, kind: 'json', gathering: undefined } as const;
    const reply = await dialect.readWhole(body, undefined as never, { status: 200, headers: {} });
    return (reply as WholeReply).usage;
  }

  it.each([
    [{ data: [{ url: 'a' }, { b64_json: 'b' }] }, { promptTokens: 0, completionTokens: 0, images: 2 }],
    [
      {
        data: [{ b64_json: 'b' }],
        usage: { input_tokens: 50, output_tokens: 40, input_tokens_details: { image_tokens: 30 } },
      },
      {
        promptTokens: 50,
        completionTokens: 40,
        imageInputTokens: 30,
        imageOutputTokens: 40,
        images: 1,
      },
    ],
    [
      {
        data: [{ b64_json: 'b' }],
        usage: { input_tokens: 50, output_tokens: 40, output_tokens_details: { image_tokens: 35 } },
      },
      { promptTokens: 50, completionTokens: 40, imageOutputTokens: 35, images: 1 },
    ],
  ])('counts the images of %j', async (document, usage) => {
    expect(await usageOf(IMAGE_GENERATIONS, document)).toEqual(usage);
  });

  it.each([
    [
      { results: [], meta: { billed_units: { search_units: 1 } } },
      { promptTokens: 0, completionTokens: 0, searches: 1 },
    ],
    [
      {
        results: [],
        meta: { tokens: { input_tokens: 9, output_tokens: 0 }, billed_units: { search_units: 2 } },
      },
      { promptTokens: 9, completionTokens: 0, searches: 2 },
    ],
    [
      { results: [], usage: { total_tokens: 9 } },
      { promptTokens: 9, completionTokens: 0 },
    ],
    [{ results: [], meta: { api_version: { version: '2' } } }, undefined],
  ])('counts the searches of %j', async (document, usage) => {
    expect(await usageOf(COHERE_RERANK, document)).toEqual(usage);
  });

  it.each([
    [{ text: 'a', duration: 8.5 }, 8.5],
    [{ text: 'a', duration: '8.470000' }, 8.47],
    [{ text: 'a', usage: { type: 'duration', seconds: 9 }, duration: 8.5 }, 9],
  ])('counts the seconds of %j', async (document, seconds) => {
    expect(await usageOf(TRANSCRIPTIONS, document)).toEqual({
      promptTokens: 0,
      completionTokens: 0,
      seconds,
    });
  });
});

describe('what a stream used', () => {
  function usageOf(dialect: Dialect, events: readonly object[]): EventWatch['usage'] {
    const watch = dialect.watch(undefined as never);
    for (const event of events)
      watch.pass(Buffer.from(`data: ${JSON.stringify(event)}\n\n`), undefined as never, undefined as never);
    return watch.usage;
  }

  it('adds up the images of a stream that has one last event for each', () => {
    const type = 'image_generation.completed';
    const usage = { input_tokens: 5, output_tokens: 7, total_tokens: 12 };
    const events = [{ type: 'image_generation.partial_image' }, { type, usage }, { type, usage }];
    const sum = { promptTokens: 10, completionTokens: 14, imageOutputTokens: 14, images: 2 };
    expect(usageOf(IMAGE_GENERATIONS, events)).toEqual(sum);
  });

  it('reads the seconds of a transcription', () => {
    const usage = { type: 'duration', seconds: 3 };
    const events = [{ type: 'transcript.text.delta' }, { type: 'transcript.text.done', text: 'a', usage }];
    expect(usageOf(TRANSCRIPTIONS, events)).toEqual({ promptTokens: 0, completionTokens: 0, seconds: 3 });
  });
});

it('returns the known usage when the other one is unknown', () => {
  const usage = { promptTokens: 1, completionTokens: 2 };
  expect(sumOfUsage(undefined, usage)).toBe(usage);
  expect(sumOfUsage(usage, undefined)).toBe(usage);
});
