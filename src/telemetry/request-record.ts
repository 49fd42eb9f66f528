import { type GatewayError } from '../errors/gateway-error.js';

/** Tokens as the upstream counted them. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Counted here, since the upstream does not tell. */
  readonly isEstimated?: boolean;
}

/** All that is told of one request: filled in on its way, read once at its end. */
export class RequestRecord {
  readonly #startedAt = performance.now();
  /** Name of the API key; undefined before, or without, a good one. */
  client: string | undefined;
  /** Name of the configured model; never what a caller merely typed. */
  model: string | undefined;
  modelType: string | undefined;
  isStream = false;
  /** Calls sent upstream, counted from 1; 0 when none was. */
  attempts = 0;
  upstreamStatus: number | undefined;
  firstTokenMs: number | undefined;
  usage: TokenUsage | undefined;
  /** The failure that ended the request, before or after the answer had begun. */
  error: GatewayError | undefined;

  constructor(
    readonly requestId: string,
    readonly method: string,
    /** Without the query, which may hold anything. */
    readonly path: string,
  ) {}

  /** Since the request came in, in milliseconds. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Notes the first event that carries an answer, once. */
  firstToken(): void {
    this.firstTokenMs ??= this.elapsedMs;
  }
}
