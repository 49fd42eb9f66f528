import { type AnswerMappingConfig } from './response-mapping.config.js';
import { NamedExpression } from '../named-expression.js';

/** The expressions of `response:` or `stream:`, compiled. */
export class AnswerExpressions {
  readonly text: NamedExpression | undefined;
  readonly reasoning: NamedExpression | undefined;
  readonly toolCalls: NamedExpression | undefined;
  readonly finishReason: NamedExpression | undefined;
  readonly usage: NamedExpression | undefined;
  readonly id: NamedExpression | undefined;
  readonly error: NamedExpression | undefined;
  readonly errorStatus: NamedExpression | undefined;

  constructor(block: string, config: AnswerMappingConfig) {
    const named = (field: string, source: string | undefined) =>
      NamedExpression.optional(`${block}.${field}`, source);
    this.text = named('text', config.text);
    this.reasoning = named('reasoning', config.reasoning);
    this.toolCalls = named('tool_calls', config.tool_calls);
    this.finishReason = named('finish_reason', config.finish_reason);
    this.usage = named('usage', usageSource(config.usage));
    this.id = named('id', config.id);
    this.error = named('error', config.error);
    this.errorStatus = named('error_status', config.error_status);
  }

  get all(): readonly NamedExpression[] {
    const { error, errorStatus, text, reasoning, toolCalls, finishReason, usage, id } = this;
    return [error, errorStatus, text, reasoning, toolCalls, finishReason, usage, id].filter(
      (expression) => expression !== undefined,
    );
  }
}

/**
 * Combines the expressions for the single counts into one expression for an object of all counts.
 */
function usageSource(usage: string | Readonly<Record<string, string>> | undefined): string | undefined {
  if (typeof usage !== 'object') return usage;
  const fields = Object.entries(usage).map(([name, source]) => `${JSON.stringify(name)}: (${source}\n)`);
  return `{${fields.join(', ')}}`;
}
