import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type ProbeConfig } from '../config/model.config.js';
import { DEFAULT_TEST_MESSAGE, ModelTester } from '../routing/testing/model-tester.js';
import { type SendingServices } from '../credentials/credentialed-call.js';
import { fixedHeaders, listModels } from '../routing/deployment/list-models.js';
import { type Deployment } from '../routing/deployment/deployment.js';
import { type Model } from '../routing/model.js';
import { type CheckKind } from '../telemetry/availability/check-result.js';
import { CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { Reachability } from '../upstream/pool/reachability.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';
import { UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Checks that run on each deployment separately. */
type PlainKind = Exclude<CheckKind, 'chat'>;

/** Runs one check of a model with the model's proxy, TLS, headers and credential. */
@Injectable()
export class Prober implements SendingServices {
  readonly #plain: Readonly<
    Record<
      PlainKind,
      (deployment: Deployment, probe: ProbeConfig, cancellation: Cancellation) => Promise<void>
    >
  > = {
    tcp: ({ config }, { timeout_seconds: seconds }, cancellation) =>
      this.reachability.check(config, seconds * 1000, cancellation),
    http: (deployment, probe, cancellation) => this.#http(deployment, probe, cancellation),
    login: async ({ upstream }, _probe, cancellation) => {
      await cancellation.race(Promise.resolve(upstream.credential.obtain()));
    },
    models: async (deployment, _probe, cancellation) => {
      await listModels(this, deployment, cancellation);
    },
  };

  constructor(
    readonly client: UpstreamClient,
    private readonly reachability: Reachability,
    readonly failure: UpstreamFailure,
    private readonly tester: ModelTester,
  ) {}

  /**
   * Resolves if the model passes. With several deployments, one that passes suffices.
   * @throws GatewayError
   */
  async check(model: Model, kind: CheckKind, probe: ProbeConfig, cancellation: Cancellation): Promise<void> {
    if (kind === 'chat') return this.#chat(model, probe, cancellation);
    let failure: unknown;
    for (const deployment of model.deployments) {
      try {
        return await this.#plain[kind](deployment, probe, cancellation);
      } catch (error) {
        if (cancellation.reason !== undefined) throw cancellation.reason;
        failure ??= error;
      }
    }
    throw failure;
  }

  /**
   * Takes the same path as real traffic, but, unlike an operator's test, respects a login's
   * back-off.
   */
  async #chat(model: Model, { message }: ProbeConfig, cancellation: Cancellation): Promise<void> {
    const record = new CallRecord(`probe-${randomUUID()}`, 'POST', '');
    await this.tester.tryOnce(model, message ?? DEFAULT_TEST_MESSAGE, record, cancellation);
  }

  /** With `path`, the status must be below 400; without it, below 500. */
  async #http({ config }: Deployment, { path }: ProbeConfig, cancellation: Cancellation): Promise<void> {
    const url = new URL(config.base_url);
    if (path !== undefined) {
      const wanted = new URL(path, url.origin);
      [url.pathname, url.search] = [wanted.pathname, wanted.search];
    }
    for (const name in config.query) url.searchParams.set(name, config.query[name]!);
    const headers = { accept: '*/*', ...fixedHeaders(config) };
    const request: UpstreamRequest = { method: 'GET', url: url.href, headers, body: NOTHING };
    const limit = path === undefined ? 500 : 400;
    await this.#get(request, config, cancellation, (status) => status < limit);
  }

  async #get(
    request: UpstreamRequest,
    config: Deployment['config'],
    cancellation: Cancellation,
    isGood: (status: number) => boolean,
  ): Promise<void> {
    const exchange = await this.#open(request, config, cancellation);
    if (!isGood(exchange.status)) throw await this.failure.from(exchange, request);
    await exchange.readAll(MAX_ANSWER_BYTES);
  }

  async #open(
    request: UpstreamRequest,
    config: Deployment['config'],
    cancellation: Cancellation,
  ): Promise<UpstreamExchange> {
    const exchange = this.client.send(request, config, false);
    cancellation.attach(exchange);
    await exchange.accepted;
    return exchange;
  }
}
