import { foldReply } from '../../conversation/fold.js';
import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { ReportedFailure } from '../ports/upstream-dialect.js';
import { GEMINI } from './gemini.js';
import { withSignature } from './thought-signature.js';

const PROMPT: Prompt = {
  system: [{ kind: 'text', text: 'Be brief.' }],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  tools: [],
  sampling: { choiceCount: 1 },
  output: { kind: 'text' },
  dropped: [],
};
const SIGNATURE = Buffer.from('signed').toString('base64');

function bodyOf(prompt: Partial<Prompt>): Record<string, unknown> {
  const { request } = GEMINI.request({ ...PROMPT, ...prompt }, { model: 'gemini-x', isStream: false });
  return JSON.parse(request.bodyFor('gemini-x').toString()) as Record<string, unknown>;
}

function read(...responses: object[]): ReplyEvent[] {
  const reader = GEMINI.reader();
  const events = responses.flatMap((response) => reader.read({ data: JSON.stringify(response) }));
  return [...events, ...reader.end()];
}

describe('requests to Gemini', () => {
  it('are the instructions alone if there are no turns', () => {
    expect(bodyOf({ turns: [] })).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Be brief.' }] }] });
  });

  it('keep the signatures of texts in place', () => {
    const texts = (parts: object[]) =>
      read({
        candidates: [
          { content: { parts: [{ text: 'Hm.', thought: true }, ...parts] }, finishReason: 'STOP' },
        ],
      });
    const sentBack = (parts: object[]): unknown => {
      const said = foldReply(texts(parts)).parts;
      const [, reply] = bodyOf({ turns: [...PROMPT.turns, { role: 'assistant', parts: said }] })[
        'contents'
      ] as { parts: unknown }[];
      return reply!.parts;
    };
    const whole = [{ text: 'Yes.', thoughtSignature: SIGNATURE }];
    expect(sentBack(whole)).toEqual(whole);
    const streamed = [{ text: 'Yes.' }, { text: '', thoughtSignature: SIGNATURE }];
    expect(sentBack(streamed)).toEqual(streamed);
  });

  it('keep the signature of a text from clients that see no thoughts', () => {
    const parts = [{ text: 'Yes.', thoughtSignature: SIGNATURE }];
    const events = read({ candidates: [{ content: { parts }, finishReason: 'STOP' }] });
    expect(events.map(({ kind }) => kind)).toEqual(['start', 'text', 'finish', 'end']);
  });

  it('have the model in the path', () => {
    expect(GEMINI.path('gemini-x', false)).toBe('/models/gemini-x:generateContent');
    expect(GEMINI.path('gemini-x', true)).toBe('/models/gemini-x:streamGenerateContent?alt=sse');
    expect(GEMINI.path('publishers/google/models/gemini-x', false)).toBe(
      '/publishers/google/models/gemini-x:generateContent',
    );
  });

  it('express system, turns, limits and schema in the fields of Gemini', () => {
    expect(
      bodyOf({
        sampling: {
          choiceCount: 1,
          maxTokens: 9,
          temperature: 0.5,
          topP: 0.9,
          topK: 4,
          stop: ['x'],
          seed: 7,
        },
        output: { kind: 'schema', schema: { type: 'object' } },
        reasoning: { isEnabled: true, effort: 'low' },
      }),
    ).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      generationConfig: {
        maxOutputTokens: 9,
        temperature: 0.5,
        topP: 0.9,
        topK: 4,
        stopSequences: ['x'],
        seed: 7,
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
      },
    });
  });

  it('put the results of parallel calls into one turn, and give each call its signature back', () => {
    const first = withSignature('call_1', SIGNATURE);
    const { contents } = bodyOf({
      turns: [
        { role: 'user', parts: [{ kind: 'text', text: 'Weather?' }] },
        {
          role: 'assistant',
          parts: [
            { kind: 'tool-call', id: first, name: 'weather', arguments: '{"city":"A"}' },
            { kind: 'tool-call', id: 'call_2', name: 'weather', arguments: '' },
          ],
        },
        {
          role: 'user',
          parts: [{ kind: 'tool-result', id: first, parts: [{ kind: 'text', text: '{"t":1}' }] }],
        },
        {
          role: 'user',
          parts: [
            { kind: 'tool-result', id: 'call_2', parts: [{ kind: 'text', text: 'no' }], isError: true },
            { kind: 'text', text: '' },
          ],
        },
      ],
    });
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Weather?' }] },
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'call_1', name: 'weather', args: { city: 'A' } },
            thoughtSignature: SIGNATURE,
          },
          { functionCall: { id: 'call_2', name: 'weather', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'call_1', name: 'weather', response: { t: 1 } } },
          { functionResponse: { id: 'call_2', name: 'weather', response: { error: 'no' } } },
        ],
      },
    ]);
  });

  it('replace a lost signature, which Gemini 3 requires', () => {
    const { contents } = bodyOf({
      turns: [{ role: 'assistant', parts: [{ kind: 'tool-call', id: 'c', name: 'f', arguments: '{}' }] }],
    });
    expect(contents).toEqual([
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'c', name: 'f', args: {} },
            thoughtSignature: 'skip_thought_signature_validator',
          },
        ],
      },
    ]);
  });

  it('refuse more replies than one', () => {
    expect(() => bodyOf({ sampling: { choiceCount: 2 } })).toThrow(InvalidRequestError);
  });

  it('use the default token limit if the client set none', () => {
    const { request } = GEMINI.request(PROMPT, { model: 'm', isStream: true });
    const body = JSON.parse(request.bodyFor('m', { field: 'max_tokens', value: 5 }).toString()) as object;
    expect(body).toMatchObject({ generationConfig: { maxOutputTokens: 5 } });
  });
});

describe('replies of Gemini', () => {
  it('are read part by part; the last usage counts, thoughts within the completion', () => {
    const events = read(
      {
        responseId: 'r1',
        modelVersion: 'gemini-x',
        candidates: [{ content: { parts: [{ text: 'Hm', thought: true }] } }],
        usageMetadata: { promptTokenCount: 3 },
      },
      { candidates: [{ content: { parts: [{ text: 'Hi' }] } }] },
      {
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: 3,
          candidatesTokenCount: 2,
          thoughtsTokenCount: 4,
          cachedContentTokenCount: 1,
        },
      },
    );
    expect(events).toEqual([
      { kind: 'start', model: 'gemini-x', id: 'r1' },
      { kind: 'reasoning', delta: 'Hm' },
      { kind: 'text', delta: 'Hi' },
      { kind: 'finish', reason: 'stop' },
      {
        kind: 'usage',
        counts: {
          prompt_tokens: 3,
          completion_tokens: 6,
          total_tokens: 9,
          prompt_tokens_details: { cached_tokens: 1 },
          completion_tokens_details: { reasoning_tokens: 4 },
        },
      },
      { kind: 'end' },
    ]);
  });

  it('report audio, images and searches in the usage', () => {
    const events = read({
      candidates: [{ finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['a', 'b'] } }],
      usageMetadata: {
        promptTokenCount: 30,
        candidatesTokenCount: 20,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 5 },
          { modality: 'IMAGE', tokenCount: 15 },
          { modality: 'AUDIO', tokenCount: 10 },
        ],
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 20 }],
      },
    });
    expect(events.find(({ kind }) => kind === 'usage')).toMatchObject({
      counts: {
        prompt_tokens_details: { image_tokens: 15, audio_tokens: 10 },
        completion_tokens_details: { image_tokens: 20 },
        server_tool_use: { web_search_requests: 2 },
      },
    });
  });

  it('end in tool calls if there are any, though Gemini reports STOP', () => {
    const call = { functionCall: { id: 'c1', name: 'f', args: { a: 1 } }, thoughtSignature: SIGNATURE };
    const events = read({ candidates: [{ content: { parts: [call] }, finishReason: 'STOP' }] });
    expect(events).toMatchObject([
      { kind: 'start' },
      {
        kind: 'tool-calls',
        pieces: [{ index: 0, id: withSignature('c1', SIGNATURE), name: 'f', arguments: '{"a":1}' }],
      },
      { kind: 'finish', reason: 'tool_calls' },
      { kind: 'end' },
    ]);
  });

  it('are refusals if a filter hit, with content or without', () => {
    expect(read({ candidates: [{ finishReason: 'SAFETY' }] })).toContainEqual(
      expect.objectContaining({ kind: 'finish', reason: 'content_filter' }),
    );
    expect(read({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } })).toContainEqual(
      expect.objectContaining({ kind: 'finish', reason: 'content_filter' }),
    );
  });

  it('fail with an error: errors, broken calls, a stream without an end, and a document without a reply', () => {
    expect(() => read({ error: { code: 429, message: 'slow down' } })).toThrow(ReportedFailure);
    for (const finishReason of ['MALFORMED_FUNCTION_CALL', 'MALFORMED_RESPONSE', 'MISSING_THOUGHT_SIGNATURE'])
      expect(() => read({ candidates: [{ finishReason }] })).toThrow(ReportedFailure);
    expect(() => read({ candidates: [{ content: { parts: [{ text: 'half' }] } }] })).toThrow(
      'before it was complete',
    );
    expect(() => read({ answer: 42 })).toThrow('holds no candidates');
  });
});
