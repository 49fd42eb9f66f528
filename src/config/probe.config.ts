import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { OneOf, Percent, SecondsFrom, Text, TextLike } from './config-rules.js';

/** `live`: real traffic alone tells; the others ask the service, from the cheapest to the truest. */
const PROBE_KINDS = ['live', 'tcp', 'http', 'login', 'models', 'chat'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** How a model is watched when nobody calls it. In the YAML `probe: chat` is short for `probe: { kind: chat }`. */
export class ProbeConfig {
  @OneOf(PROBE_KINDS) kind: ProbeKind;
  @SecondsFrom(0.1) interval_seconds: number = 60;
  /** How far each interval may be off, so that many replicas do not ask at once. */
  @Percent() jitter_percent: number = 20;
  @SecondsFrom(0.1) timeout_seconds: number = 10;
  /** `http`: what is asked for, counted from the host; default: the path of `base_url`. */
  @IsOptional() @TextLike(/^\/[\x21-\x7e]*$/, 'a path that begins with /') path?: string;
  /** `chat`: what is said to the model. */
  @IsOptional() @Text() message?: string;
}
