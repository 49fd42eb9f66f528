import { type Type } from '@nestjs/common';
import { type ModelConfig } from '../config/model.config.js';
import { type Access, type Credential, type CredentialUse } from '../credentials/credential.js';
import { type PreparedCall } from '../dialects/ports/prepared-call.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { type DialectRequest, type WireFormat } from '../dialects/ports/wire-format.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

/** A call on its way to a service, in a wire format that the service speaks. */
export interface UpstreamCall extends CredentialUse {
  readonly request: DialectRequest;
  /** The client's headers that go up, lower-case names; never its key or cookies. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A call on its way to a model: what the client asked, and what it lets through to the upstream. */
export interface ModelCall extends UpstreamCall {
  readonly request: ClientRequest;
  /** Set for a model test, which is let through an open circuit breaker. */
  readonly isTest: boolean;
  /** Whether it must be known what the call uses: for a store, a budget or a limit of tokens. */
  readonly needsUsage?: boolean;
}

/** The port: one strategy class for each model type, chosen by the YAML word `type`. */
export interface LlmProvider<Config extends ModelConfig = ModelConfig> {
  /**
   * Binds the type to one entry of the configuration: at the start, and after a reload that changed the entry.
   * Must have no effect outside: the configuration may yet be refused.
   */
  connect(model: Config): Upstream;
}

/**
 * One service behind a model, bound to its settings. It says how calls are prepared and responses are read; sending,
 * clocks, renewals, retries and relaying are written once, elsewhere, and know no type.
 */
export interface Upstream {
  readonly credential: Credential;
  /** The wire formats that the service speaks, best first. Calls in other formats are translated to the first that allows it. */
  readonly dialects: readonly WireFormat[];
  /** Whether expressions of the entry could take long on some inputs. */
  readonly needsEvaluator: boolean;
  /** Begins what the first call should not have to wait for. */
  warm(): void;
  /** @param path below `base_url`, with its slash. @returns the absolute address, with the model's own query */
  address(path: string): string;
  /**
   * A call as the service wants it, in one of its `dialects`: address, headers with the credential, and body bytes.
   * @param access what `credential` has obtained for it
   * @param asksForUsage whether the usage of a stream is asked for where the client has not asked. False: the service
   * must not be asked; undefined: nothing but the client's format may need it.
   * @throws GatewayError when the call cannot be said in the service's words
   */
  prepare(call: UpstreamCall, access: Access, asksForUsage?: boolean): PreparedCall | Promise<PreparedCall>;
  /** Address, headers and credential alone, for further requests of the same call. */
  bare(call: UpstreamCall, access: Access): UpstreamRequest | Promise<UpstreamRequest>;
}

/** A provider class as the list of types names it. */
export interface LlmProviderType extends Type<LlmProvider> {
  /** The word in YAML: the group under `models:` and the entry's `type`. */
  readonly type: string;
  /** Describes and checks the YAML entry. */
  readonly Config: new () => ModelConfig;
}
