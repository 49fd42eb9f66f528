import { Injectable } from '@nestjs/common';

/** How a login ended: `refused` by a service that said no, `failed` for any other reason. */
export type LoginOutcome = 'ok' | 'refused' | 'failed';
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
