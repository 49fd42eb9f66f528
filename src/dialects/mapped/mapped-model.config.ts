import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { Mapping, OneOf } from '../../config/rules/config-rules.js';
import { type ConfigReport, ModelConfig } from '../../config/model.config.js';
import { ResponseMappingConfig, StreamMappingConfig } from './response/response-mapping.config.js';
import { checkMapping } from './check-mapping.js';
import { PollConfig, RequestMappingConfig } from './request/request-mapping.config.js';

const UPSTREAM_MODES = ['both', 'json_only', 'stream_only'] as const;
export type UpstreamMode = (typeof UPSTREAM_MODES)[number];

/** A model whose service may have a format of its own, described by JSONata expressions; all of it optional. */
export abstract class MappedModelConfig extends ModelConfig {
  /** Values of your own, read as `$settings` in every expression. */
  @Mapping('names to values', {}) settings: Record<string, unknown> = {};
  @IsOptional() @ValidateNested() @Type(() => RequestMappingConfig) request?: RequestMappingConfig;
  @IsOptional() @ValidateNested() @Type(() => ResponseMappingConfig) response?: ResponseMappingConfig;
  @IsOptional() @ValidateNested() @Type(() => StreamMappingConfig) stream?: StreamMappingConfig;
  /** For a service that runs jobs: its response to the request says where the result will be. */
  @IsOptional() @ValidateNested() @Type(() => PollConfig) poll?: PollConfig;
  /**
   * Whether the service can stream, and whether it must; the gateway converts to the other form. Default:
   * both forms if both are described, `json_only` with a `response:` alone, `stream_only` with a `stream:`
   * alone.
   */
  @IsOptional() @OneOf(UPSTREAM_MODES) upstream_mode?: UpstreamMode;

  /** Whether any setting describes a format of the service's own. */
  get isMapped(): boolean {
    const { request, response, stream, poll, upstream_mode: mode } = this;
    return [request, response, stream, poll, mode].some((setting) => setting !== undefined);
  }

  override check(report: ConfigReport): void {
    checkMapping(this, report);
  }
}
