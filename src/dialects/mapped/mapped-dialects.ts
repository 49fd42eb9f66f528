import { Injectable } from '@nestjs/common';
import { UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { MappedDialect } from './mapped-dialect.js';
import { type MappedModelConfig } from './mapped-model.config.js';
import { ModelMapping } from './model-mapping.js';
import { PollingDialect } from './jobs/polling-dialect.js';
import { TokenCounter } from '../counting/token-counter.js';

/** Compiles the dialects that models describe. */
@Injectable()
export class MappedDialects {
  constructor(
    private readonly failure: UpstreamFailure,
    private readonly counter: TokenCounter,
  ) {}

  /** @returns undefined for a model that uses OpenAI's format */
  compile(model: MappedModelConfig): MappedDialect | undefined {
    const mapping = ModelMapping.of(model);
    if (mapping === undefined) return undefined;
    return mapping.poll === undefined
      ? new MappedDialect(mapping, this.failure, this.counter)
      : new PollingDialect(mapping, this.failure, this.counter);
  }
}
