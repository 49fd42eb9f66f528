import { type Part, type Prompt } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { NAME } from '../thinking.js';
import { isAdaptive } from './model-generation.js';

/** Tokens of thought for models that want a number; the service wants 1024 at least. */
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 24_576,
};
const LEAST_BUDGET = 1024;
/** The efforts that the format knows, by those of others. */
const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low' };

interface Thinking {
  readonly isOn: boolean;
  readonly fields: JsonObject;
  /** For `output_config`. */
  readonly effort?: string;
  /** Tokens; 0 where it has none of its own. */
  readonly budget: number;
}

const OFF: Thinking = { isOn: false, fields: {}, budget: 0 };

/** How much the model shall think, in the words that this model takes. @param dropped names of what is lost are added */
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
 * The service counts thoughts as new tokens, and wants the budget below their limit: a larger wish gets half of it.
 * @param limit of the client, which is never exceeded
 * @returns undefined if no budget that the service takes fits
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
 * Whether the model is to go on with a turn, after results of its tools or words put into its mouth, that it began with
 * thoughts which the client has not kept: models that think within a budget then refuse to.
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
