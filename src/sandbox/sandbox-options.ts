import { type FaultOrder } from './faults/faults.js';

/** The behaviour of a sandbox; every option has a default. */
export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Pause between the events of a stream, and between pieces of audio; default 15. */
  readonly chunkDelayMs?: number;
  /** Wait before every response of a model; default 0. */
  readonly latencyMs?: number;
  /**
   * Keys that are accepted as `Bearer`, in addition to tokens from the login; default
   * `sandbox-key`.
   */
  readonly keys?: readonly string[];
  /** User name -> password; default `demo` with `demo-password`. */
  readonly users?: Readonly<Record<string, string>>;
  /** How long a token is valid, and the value of `expires_in`; default 8 hours. */
  readonly tokenSeconds?: number;
  /** Shapes the login's response; default `{ token, expires_in }`. A string is sent unchanged. */
  readonly loginAnswer?: (token: string, expiresInSeconds: number) => unknown;
  /** The contents of `GET /v1/models`; a call may name any model. */
  readonly models?: readonly string[];
  /** Number of requests to remember; default 100, 0 = none. */
  readonly record?: number;
  /** Faults that wait for their calls from the start. */
  readonly faults?: readonly FaultOrder[];
  /**
   * Seed of the random numbers for faults with a probability: the same seed makes the same calls
   * fail. Default: random.
   */
  readonly seed?: number;
  /** How long an idle connection is kept; default 120,000, longer than any client keeps one. */
  readonly keepAliveMs?: number;
}
