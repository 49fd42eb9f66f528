import { Injectable } from '@nestjs/common';
import { GatewayLogger } from './gateway-logger.js';
import { ModelAvailability } from './model-availability.js';

/** One line for a model that does better or worse than before; that it answers the first call is no news. */
@Injectable()
export class StateChangeLog {
  constructor({ changes }: ModelAvailability, logger: GatewayLogger) {
    changes.onAdded(({ model, from, to, code }) => {
      if (from === 'never_seen' && to === 'ok') return;
      const isBad = to === 'failing' || to === 'credentials_refused';
      logger[isBad ? 'warn' : 'log']({ message: 'model state', model, from, to, error: code });
    });
  }
}
