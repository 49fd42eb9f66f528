import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { Price } from './rules/config-rules.js';

/** The prices of calls in one service tier. */
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
  /** Per call that received a response, in addition to the other prices. */
  @IsOptional() @Price() per_request?: number;
}

/**
 * Prices by service tier, under the name that the service reports for it. Each tier is complete: it
 * inherits nothing from the ordinary price.
 */
export class ServiceTiersConfig {
  /** Slower and cheaper. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) flex?: RatesConfig;
  /** Prioritised. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) priority?: RatesConfig;
  /** In a batch. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) batch?: RatesConfig;
  /** With faster output: `speed: "fast"` in Anthropic's format. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) fast?: RatesConfig;
  /** From prepaid capacity. */
  @IsOptional() @ValidateNested() @Type(() => RatesConfig) scale?: RatesConfig;
}

/**
 * The price of a model, in US dollars: per million tokens, or per unit for the fields that begin
 * with `per_`. In the YAML, `price: "free"` sets all of them to 0. A class of tokens without its
 * own price costs as much as the wider class named at its field; without any price, its cost is
 * unknown.
 */
export class PriceConfig extends RatesConfig {
  /** A call in a tier that is not listed has an unknown cost, unless every ordinary price is 0. */
  @IsOptional() @ValidateNested() @Type(() => ServiceTiersConfig) service_tiers?: ServiceTiersConfig;
}
