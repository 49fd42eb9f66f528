import { Injectable } from '@nestjs/common';
import { type LoginOutcome } from '../calls/call-trace.js';

/** Why a token that works, or worked, is replaced. */
export type RenewalCause = 'early' | 'refused';

/** Hears of access tokens. Models are configured names. */
export interface TokenObserver {
  tokenFromCache(model: string): void;
  renewalBegan(model: string, cause: RenewalCause): void;
  loginEnded(model: string, outcome: LoginOutcome): void;
}

/** Reports what becomes of access tokens; without metrics nobody listens. */
@Injectable()
export class TokenEvents {
  observer: TokenObserver | undefined;
}
