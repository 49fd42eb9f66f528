import { type Type } from '@nestjs/common';
import { type ModelConfig } from '../config/model.config.js';
import { type Access, type Credential, type CredentialUse } from '../credentials/credential.js';
import { type PreparedCall } from '../dialects/ports/prepared-call.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { type DialectRequest, type WireFormat } from '../dialects/ports/wire-format.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

/** A call to a service, in a wire format that the service supports. */
export interface UpstreamCall extends CredentialUse {
  readonly request: DialectRequest;
  /** The client's headers to forward, with lower-case names; never its key or cookies. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A call to a model: the client's request, and which of its headers are forwarded. */
export interface ModelCall extends UpstreamCall {
  readonly request: ClientRequest;
  /** Set for a model test, which may pass an open circuit breaker. */
  readonly isTest: boolean;
  /** Whether the usage of the call must be known: for a store, a budget or a token limit. */
  readonly needsUsage?: boolean;
}

/** The port: one strategy class for each model type, chosen by the YAML word `type`. */
export interface LlmProvider<Config extends ModelConfig = ModelConfig> {
  /**
   * Binds the type to one entry of the configuration: at startup, and after a reload that changed
   * the entry. Must have no side effects, because the configuration may still be rejected.
   */
  connect(model: Config): Upstream;
}

/**
 * One service behind a model, bound to its settings. It prepares calls and reads responses.
 * Sending, timeouts, renewals, retries and relaying are implemented once, elsewhere, for all types.
 */
export interface Upstream {
  readonly credential: Credential;
  /**
   * The wire formats that the service supports, best first. Calls in other formats are translated
   * into the first format for which that is possible.
   */
  readonly dialects: readonly WireFormat[];
  /** Whether the entry's expressions could take long for some inputs. */
  readonly needsEvaluator: boolean;
  /** Starts work that would otherwise delay the first call. */
  warm(): void;
  /**
   * @param path below `base_url`, with its slash
   * @returns the absolute address, with the model's own query
   */
  address(path: string): string;
  /**
   * A call as the service expects it, in one of its `dialects`: address, headers with the
   * credential, and body.
   * @param access the result of `credential` for this call
   * @param asksForUsage whether to ask for the usage of a stream when the client has not. False:
   * never ask; undefined: ask only if the client's format needs it.
   * @throws GatewayError if the call cannot be expressed in a format of the service
   */
  prepare(call: UpstreamCall, access: Access, asksForUsage?: boolean): PreparedCall | Promise<PreparedCall>;
  /** Only the address, headers and credential, for further requests of the same call. */
  bare(call: UpstreamCall, access: Access): UpstreamRequest | Promise<UpstreamRequest>;
}

/** A provider class, as listed among the types. */
export interface LlmProviderType extends Type<LlmProvider> {
  /** The word in YAML: the group under `models:` and the entry's `type`. */
  readonly type: string;
  /** Describes and checks the YAML entry. */
  readonly Config: new () => ModelConfig;
}
