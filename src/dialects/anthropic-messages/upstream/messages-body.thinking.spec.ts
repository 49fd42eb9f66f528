import { type Part, type Prompt } from '../../../conversation/prompt.js';
import { isAdaptive, refusesSampling } from './model-generation.js';
import { NEW, write, user, assistant, text } from '../../../../test/fixtures/dialects/write-message.js';

describe('the reasoning that a prompt asks for', () => {
  it('is requested in the form that the model accepts', () => {
    const wish = (reasoning: Prompt['reasoning'], model?: string) => write({ reasoning }, model).body;
    expect(wish({ isEnabled: true, effort: 'low', isVisible: true })).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 1024, display: 'summarized' },
      max_tokens: 4096,
    });
    expect(wish({ isEnabled: true, effort: 'medium' })).toMatchObject({
      thinking: { budget_tokens: 8192 },
      max_tokens: 4096 + 8192,
    });
    expect(wish({ isEnabled: true, budgetTokens: 5 })).toMatchObject({ thinking: { budget_tokens: 1024 } });
    expect(wish({ isEnabled: false })).not.toHaveProperty('thinking');
    expect(wish({ isEnabled: true, effort: 'minimal' }, NEW)).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
      max_tokens: 4096,
    });
    expect(wish({ isEnabled: true, budgetTokens: 20_000 }, NEW)).toMatchObject({
      output_config: { effort: 'high' },
    });
    expect(wish({ isEnabled: false }, NEW)).toMatchObject({ thinking: { type: 'disabled' } });
  });

  it.each([
    [50, undefined, 50],
    [2047, undefined, 2047],
    [2048, 1024, 2048],
    [5000, 2500, 5000],
    [20_000, 16_384, 20_000],
  ])('stays within the limit %s of the client: %s tokens', (maxTokens, budget, max_tokens) => {
    const { body, dropped } = write({
      reasoning: { isEnabled: true, effort: 'high' },
      sampling: { choiceCount: 1, maxTokens },
    });
    expect(body).toMatchObject({ max_tokens });
    expect((body['thinking'] as { budget_tokens: number } | undefined)?.budget_tokens).toBe(budget);
    expect(dropped).toEqual(budget === undefined ? ['reasoning_effort'] : []);
  });

  it('excludes a forced tool call and a temperature', () => {
    const { body, dropped } = write({
      reasoning: { isEnabled: true, effort: 'low' },
      tools: [{ name: 'a' }],
      toolChoice: { kind: 'required' },
      sampling: { choiceCount: 1, temperature: 0 },
    });
    expect(body).toMatchObject({ tool_choice: { type: 'auto' } });
    expect(body).not.toHaveProperty('temperature');
    expect(dropped).toEqual(['tool_choice', 'temperature']);
    const recent = {
      reasoning: { isEnabled: true },
      tools: [{ name: 'a' }],
      toolChoice: { kind: 'required' },
    } as const;
    expect(write(recent, NEW).body).toMatchObject({ tool_choice: { type: 'any' } });
  });

  it('is off within a turn whose earlier reasoning is lost', () => {
    const reasoning = { isEnabled: true, effort: 'low' };
    const call: Part = { kind: 'tool-call', id: 't', name: 'n', arguments: '{}' };
    const result: Part = { kind: 'tool-result', id: 't', parts: [] };
    const seal = { dialect: 'anthropic-messages', value: 's' };
    const lost = write({
      reasoning,
      turns: [user(text('a')), assistant(call), user(result), user(text('b'))],
    });
    expect(lost.body).not.toHaveProperty('thinking');
    expect(lost.dropped).toEqual(['reasoning_effort']);
    const kept = [
      user(text('a')),
      assistant({ kind: 'reasoning', text: 'h', seal }),
      assistant(call),
      user(result),
    ];
    expect(write({ reasoning, turns: kept }).body).toHaveProperty('thinking');
    const next = [user(text('a')), assistant(call), user(result), assistant(text('b')), user(text('c'))];
    expect(write({ reasoning, turns: next }).body).toHaveProperty('thinking');
  });

  it.each([
    ['claude-3-5-sonnet-latest', false, false],
    ['claude-3-7-sonnet-20250219', false, false],
    ['anthropic.claude-v2:1', false, false],
    ['claude-sonnet-4', false, false],
    ['claude-sonnet-4-20250514', false, false],
    ['claude-opus-4@20250514', false, false],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', false, false],
    ['anthropic/claude-haiku-4.5', false, false],
    ['claude-opus-4-6', true, false],
    ['claude-opus-4-7', true, true],
    ['claude-opus-4-10', true, true],
    ['claude-sonnet-5', true, true],
    ['claude-mythos-1', true, true],
    ['deepseek-chat', false, false],
  ])('is adaptive, and excludes sampling, according to the name %s', (model, adaptive, refuses) => {
    expect([isAdaptive(model), refusesSampling(model)]).toEqual([adaptive, refuses]);
  });
});
