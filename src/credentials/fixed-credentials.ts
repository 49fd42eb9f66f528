import { type RequestDraft, type UpstreamRequest } from '../upstream/upstream-request.js';
import { type Access, type Credential, type CredentialRefusal } from './credential.js';

const NOTHING: Readonly<Record<string, unknown>> = {};

/** A configured credential: it is never renewed, whatever the service responds. */
export abstract class FixedCredential implements Credential, Access {
  readonly kept = NOTHING;
  readonly refusedWhen: CredentialRefusal | undefined;

  constructor(refusedWhen?: CredentialRefusal) {
    this.refusedWhen = refusedWhen;
  }

  abstract attach(request: RequestDraft): UpstreamRequest | Promise<UpstreamRequest>;

  get needsEvaluator(): boolean {
    return this.refusedWhen?.needsEvaluator === true;
  }

  obtain(): Access {
    return this;
  }

  rehearse(): Access {
    return this;
  }

  state(): undefined {
    return undefined;
  }

  renew(): Promise<boolean> {
    return Promise.resolve(false);
  }

  refusedAgain(): Promise<void> {
    return Promise.resolve();
  }

  worked(): void {}
}

/** For a service without credentials, or with credentials in the model's own headers. */
export class NoCredential extends FixedCredential {
  attach(request: RequestDraft): UpstreamRequest {
    return request;
  }
}

/** `Authorization: Bearer …`, unless the model's own headers set that header. */
export class BearerKey extends FixedCredential {
  readonly #authorization: string;

  constructor(private readonly key: string) {
    super();
    this.#authorization = bearer(key);
  }

  attach(request: RequestDraft): UpstreamRequest {
    request.headers['authorization'] ??= this.#authorization;
    request.credential = this.key;
    return request;
  }
}

/**
 * A key in a header of its own, such as `x-api-key`, unless the model's own headers set that
 * header.
 */
export class HeaderKey extends FixedCredential {
  /** @param header its name, in lower case */
  constructor(
    private readonly header: string,
    private readonly key: string,
  ) {
    super();
  }

  attach(request: RequestDraft): UpstreamRequest {
    request.headers[this.header] ??= this.key;
    request.credential = this.key;
    return request;
  }
}

/** @param request receives the credential, and is returned */
export function withBearer(request: RequestDraft, key: string): UpstreamRequest {
  request.headers['authorization'] ??= bearer(key);
  request.credential = key;
  return request;
}

function bearer(key: string): string {
  return `Bearer ${key}`;
}
