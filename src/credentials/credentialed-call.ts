import { type ModelConfig } from '../config/model.config.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ErrorReader, type UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { type UpstreamClient } from '../upstream/upstream-client.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type Access, type Credential, type CredentialUse } from './credential.js';
import { isCredentialRefused } from './credential-check.js';

export interface SendingServices {
  readonly client: UpstreamClient;
  readonly failure: UpstreamFailure;
}

/** A request that is ready to be sent. */
export interface Sendable {
  readonly request: UpstreamRequest;
  readonly isStream: boolean;
  readonly errors?: ErrorReader | undefined;
}

/**
 * Sends a request with a credential. If the service refuses it, the credential is renewed once and
 * the request sent once more; a second refusal is a failed call.
 */
export abstract class CredentialedCall<Prepared extends Sendable, Result> {
  /** The access for the next request; undefined: obtained from the credential. */
  protected access: Access | undefined;

  constructor(
    protected readonly services: SendingServices,
    protected readonly credential: Credential,
    protected readonly config: ModelConfig,
    private readonly use: CredentialUse,
    /** The client that makes the call; empty for the gateway itself. */
    private readonly owner: string,
  ) {}

  /**
   * Resolves when the service has accepted the request.
   * @throws GatewayError
   */
  async run(): Promise<Result> {
    const { client, failure } = this.services;
    const { refusedWhen } = this.credential;
    let isRepeated = false;
    for (;;) {
      const obtained = this.access ?? this.credential.obtain(this.use);
      this.began(isRepeated);
      const access = obtained instanceof Promise ? await this.race(obtained) : obtained;
      this.access = access;
      const preparing = this.prepare(access);
      const prepared = preparing instanceof Promise ? await this.race(preparing) : preparing;
      this.ready(prepared);
      const { request, isStream } = prepared;
      const exchange = client.send(request, this.config, isStream);
      this.sent(exchange);
      await exchange.accepted;
      this.accepted(exchange);
      const isRefused =
        refusedWhen === undefined
          ? exchange.status === 401
          : await isCredentialRefused(exchange, refusedWhen, isStream, this.config.limits.answer, this.owner);
      if (!isRefused && exchange.status >= 200 && exchange.status < 300) {
        access.worked();
        return this.result(exchange, prepared);
      }
      const error =
        isRefused && refusedWhen !== undefined
          ? await failure.fromRefusal(exchange, request)
          : await failure.from(exchange, request, prepared.errors);
      if (!isRefused && this.adapts(error, exchange.status)) continue;
      if (!isRefused) throw error;
      this.refused(error);
      if (isRepeated) {
        await this.race(access.refusedAgain());
        throw error;
      }
      if (!(await this.race(access.renew(this.use.trace))) || !this.canRepeat()) throw error;
      this.access = undefined;
      isRepeated = true;
    }
  }

  protected abstract prepare(access: Access): Prepared | Promise<Prepared>;

  /** The result of an accepted request. */
  protected abstract result(exchange: UpstreamExchange, prepared: Prepared): Result;

  /** Called when an attempt begins. */
  protected began(_isRepeated: boolean): void {}

  /** Called before the request is sent. */
  protected ready(_prepared: Prepared): void {}

  protected sent(_exchange: UpstreamExchange): void {}

  /** Called when status and headers have arrived, whatever they are. */
  protected accepted(_exchange: UpstreamExchange): void {}

  /** Called when the service has refused the credential, which ends the attempt. */
  protected refused(_error: GatewayError): void {}

  /**
   * Whether to send the request once more in a form that the service may accept, as part of the
   * same attempt.
   */
  protected adapts(_error: GatewayError, _status: number): boolean {
    return false;
  }

  /** Whether the request can be sent again. */
  protected canRepeat(): boolean {
    return true;
  }

  /** Waits for `work`. Subclasses may let the wait be interrupted. */
  protected race<Awaited>(work: Promise<Awaited>): Promise<Awaited> {
    return work;
  }
}
