import fc from 'fast-check';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { CompletionBuilder } from './completion-builder.js';
import { completionToStream } from '../writing/completion-stream.js';
import { sseData } from '../../framing/sse-events.js';
import {
  type Delta,
  type Habits,
  type Meant,
  chunksOf,
  habits,
  isClear,
  meant,
} from '../../../../test/support/deviating-service.js';

function gathered(chunks: readonly Delta[]): unknown {
  const builder = new CompletionBuilder();
  for (const chunk of chunks) builder.add(JSON.parse(JSON.stringify(chunk)) as Delta);
  return builder.build(true);
}

function completionOf({ content, reasoning, calls, finish }: Meant, hasIds = true): Record<string, unknown> {
  const tool_calls = calls.map(({ id, name, args }) => ({
    id: hasIds ? id : (expect.stringMatching(/^call_/) as unknown),
    type: 'function',
    function: { name, arguments: args },
  }));
  return {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content,
          ...(reasoning !== '' && { reasoning_content: reasoning }),
          ...(calls.length > 0 && { tool_calls }),
        },
        finish_reason: finish,
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  };
}

describe('CompletionBuilder', () => {
  it('keeps fields that are named like methods of all objects', () => {
    const later = { toString: null, constructor: { valueOf: '' } };
    const choice = { index: 0, delta: { content: 'x' }, finish_reason: 'stop', later };
    const { choices, toString } = gathered([
      { ...later, id: 'x', choices: [choice] } as unknown as Delta,
    ]) as {
      choices: unknown;
      toString: unknown;
    };
    expect(toString).toBeNull();
    expect(choices).toEqual([expect.objectContaining({ later })]);
  });

  it('gathers what a deviating service meant, or refuses', () => {
    let gatheredCount = 0;
    fc.assert(
      fc.property(meant, habits, (completion, habit) => {
        fc.pre(isClear(completion, habit));
        let result: unknown;
        try {
          result = gathered(chunksOf(completion, habit));
        } catch (error) {
          expect(error).toBeInstanceOf(UpstreamError);
          return;
        }
        gatheredCount++;
        expect(result).toEqual(completionOf(completion, habit.ids !== 'none'));
      }),
      { numRuns: 1500 },
    );
    expect(gatheredCount).toBeGreaterThan(1200);
  });

  it('takes a call for a repetition of one whose pieces were joined only at the end', () => {
    const calls = ['get', 'get', 'now'].map((name, at) => ({
      id: `call_${at}`,
      name,
      args: JSON.stringify({ at, value: at === 1 ? 0 : 'longer' }),
    }));
    const said = { content: null, reasoning: '', calls, finish: 'tool_calls' };
    const chunks = chunksOf(said, {
      role: 'first',
      ids: 'first',
      names: 'every',
      indices: 'missing',
      args: 'again',
      order: 'together',
      unfinished: null,
      content: 'delta',
      heads: 'every',
      size: 3,
    });
    expect(gathered(chunks)).toEqual(completionOf(said));
  });

  it('never refuses a service that distinguishes its calls by index', () => {
    fc.assert(
      fc.property(meant, habits, fc.constantFrom('right', 'blocks', 'text'), (completion, habit, indices) => {
        const tidy = { ...habit, indices } as Habits;
        fc.pre(isClear(completion, tidy));
        expect(gathered(chunksOf(completion, tidy))).toEqual(completionOf(completion, habit.ids !== 'none'));
      }),
      { numRuns: 1000 },
    );
  });

  it('gathers from a split completion the completion', () => {
    fc.assert(
      fc.property(meant, (said) => {
        const completion = completionOf(said);
        const data = [...sseData(completionToStream(completion, true))].slice(0, -1);
        expect(gathered(data.map((chunk) => JSON.parse(chunk) as Delta))).toEqual(completion);
      }),
    );
  });
});
