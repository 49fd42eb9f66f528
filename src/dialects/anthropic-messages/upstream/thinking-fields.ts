import { type Part, type Prompt } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { NAME } from '../thinking.js';
import { isAdaptive } from './model-generation.js';

/**
 * Thinking budgets by effort, for models that need a number; the service requires at least 1024.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 24_576,
};
const LEAST_BUDGET = 1024;
/** The format's efforts, by those of other formats. */
const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low' };

interface Thinking {
  readonly isOn: boolean;
  readonly fields: JsonObject;
  /** The value for `output_config`. */
  readonly effort?: string;
  /** Tokens; 0 if the model has no budget. */
  readonly budget: number;
}

const OFF: Thinking = { isOn: false, fields: {}, budget: 0 };

/**
 * How much this model should think, in the fields that it accepts.
 * @param dropped receives the names of fields that are lost
 */
export function thinkingFields(prompt: Prompt, model: string, dropped: string[]): Thinking {
  const wish = prompt.reasoning;
  if (wish === undefined) return OFF;
  const isOfBudget = !isAdaptive(model);
  if (!wish.isEnabled) return isOfBudget ? OFF : { ...OFF, fields: { thinking: { type: 'disabled' } } };
  const shown = wish.isVisible === undefined ? {} : { display: wish.isVisible ? 'summarized' : 'omitted' };
  if (!isOfBudget) {
    const effort =
      wish.effort === undefined ? effortOf(wish.budgetTokens) : (EFFORTS[wish.effort] ?? wish.effort);
    const thinking = { type: 'adaptive', ...shown };
    return { isOn: true, fields: { thinking }, ...(effort !== undefined && { effort }), budget: 0 };
  }
  if (isWithinUnsealedTurn(prompt)) {
    dropped.push('reasoning_effort');
    return OFF;
  }
  const wanted = Math.max(
    LEAST_BUDGET,
    wish.budgetTokens ?? BUDGETS[wish.effort ?? 'medium'] ?? BUDGETS['medium']!,
  );
  const budget = budgetWithin(prompt.sampling.maxTokens, wanted);
  if (budget === undefined) {
    dropped.push('reasoning_effort');
    return OFF;
  }
  return { isOn: true, fields: { thinking: { type: 'enabled', budget_tokens: budget, ...shown } }, budget };
}

/**
 * The service counts thinking as new tokens, and requires the budget to be below their limit. A
 * larger budget is reduced to half of the limit.
 * @param limit the client's limit, which is never exceeded
 * @returns undefined if no valid budget fits
 */
function budgetWithin(limit: number | undefined, wanted: number): number | undefined {
  if (limit === undefined || wanted < limit) return wanted;
  const half = Math.floor(limit / 2);
  return half < LEAST_BUDGET ? undefined : half;
}

function effortOf(budgetTokens: number | undefined): string | undefined {
  if (budgetTokens === undefined) return undefined;
  return ['low', 'medium'].find((effort) => budgetTokens <= BUDGETS[effort]!) ?? 'high';
}

/**
 * Whether the model is to continue a turn, after tool results or a prefilled reply, whose thinking
 * the client has not kept. Models with a thinking budget refuse that.
 */
function isWithinUnsealedTurn({ turns }: Prompt): boolean {
  const end = turns.findLastIndex(({ role }) => role === 'assistant');
  if (end < 0) return false;
  const after = turns.slice(end + 1);
  if (after.length === 0) return true;
  if (!after.some(({ parts }) => parts.some(({ kind }) => kind === 'tool-result'))) return false;
  const begin = turns.findLastIndex(({ role }, index) => index < end && role !== 'assistant') + 1;
  return !turns.slice(begin, end + 1).some(({ parts }) => parts.some(isSealed));
}

function isSealed(part: Part): boolean {
  return part.kind === 'reasoning' && part.seal?.dialect === NAME;
}
