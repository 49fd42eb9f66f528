import { Injectable } from '@nestjs/common';
import { type LoginOutcome } from '../calls/call-trace.js';

/** Why an access token is renewed. */
export type RenewalCause = 'early' | 'refused';

/** Receives events of access tokens. Models are configured names. */
export interface TokenObserver {
  tokenFromCache(model: string): void;
  renewalBegan(model: string, cause: RenewalCause): void;
  loginEnded(model: string, outcome: LoginOutcome): void;
}

/** Reports events of access tokens to its subscribers; there are none without metrics. */
@Injectable()
export class TokenEvents implements TokenObserver {
  readonly #observers: TokenObserver[] = [];

  subscribe(observer: TokenObserver): void {
    this.#observers.push(observer);
  }

  tokenFromCache(model: string): void {
    for (const observer of this.#observers) observer.tokenFromCache(model);
  }

  renewalBegan(model: string, cause: RenewalCause): void {
    for (const observer of this.#observers) observer.renewalBegan(model, cause);
  }

  loginEnded(model: string, outcome: LoginOutcome): void {
    for (const observer of this.#observers) observer.loginEnded(model, outcome);
  }
}
