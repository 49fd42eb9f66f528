import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { Price } from './rules/config-rules.js';

/** The prices of calls that are served in one way. */
export class RatesConfig {
  /** Input that belongs to no other class. */
  @IsOptional() @Price() input?: number;
  /** Input read from the service's cache; default: `input`. */
  @IsOptional() @Price() cached_input?: number;
  /** Input written to the service's cache; default: `input`. */
  @IsOptional() @Price() cache_write?: number;
  /** Input written to the service's cache for an hour or longer; default: `cache_write`. */
  @IsOptional() @Price() cache_write_long?: number;
  /** Audio in the input; default: `input`. */
  @IsOptional() @Price() audio_input?: number;
  /** Images in the input; default: `input`. */
  @IsOptional() @Price() image_input?: number;
  /** Output that belongs to no other class. */
  @IsOptional() @Price() output?: number;
  /** Reasoning before the reply; default: `output`. */
  @IsOptional() @Price() reasoning?: number;
  /** Audio in the output; default: `output`. */
  @IsOptional() @Price() audio_output?: number;
  /** Images in the output; default: `output`. */
  @IsOptional() @Price() image_output?: number;
  /** Per image that the model made. */
  @IsOptional() @Price() per_image?: number;
  /** Per second of audio. */
  @IsOptional() @Price() per_second?: number;
  /** Per search that the service ran, of documents or of the web. */
  @IsOptional() @Price() per_search?: number;
  /** Per call that was answered, in addition to the rest. */
  @IsOptional() @Price() per_request?: number;
}

/**
 * The prices of calls that the service says it has served in another way than by default, by its word for that way.
 * Each is complete: nothing is taken from the ordinary price.
 */
export class ServiceTiersConfig {
  /** Slower and cheaper. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) flex?: RatesConfig;
  /** With precedence. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) priority?: RatesConfig;
  /** In a batch. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) batch?: RatesConfig;
  /** With more tokens a second: `speed: "fast"` of Anthropic's format. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) fast?: RatesConfig;
  /** From capacity that is paid for beforehand. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) scale?: RatesConfig;
}

/**
 * What a model costs, in US dollars: per million tokens, or per unit for the fields that begin with `per_`. In the
 * YAML, `price: "free"` sets all of them to 0. A class of tokens without a price of its own costs as much as a wider
 * class, as described at each field; what then has no price has an unknown cost.
 */
export class PriceConfig extends RatesConfig {
  /** Without a price for its tier, a call has an unknown cost, unless the ordinary price is 0 throughout. */
  @IsOptional() @ValidateNested() @Type(() => ServiceTiersConfig) service_tiers?: ServiceTiersConfig;
}
