import { Injectable } from '@nestjs/common';
import { errorPage } from '../../errors/error-page.js';
import { GatewayLogger } from './gateway-logger.js';
import { ModelAvailability } from '../availability/model-availability.js';

/** Logs one line when the state of a model changes; the first successful call is not a change. */
@Injectable()
export class StateChangeLog {
  constructor({ changes }: ModelAvailability, logger: GatewayLogger) {
    changes.onAdded(({ model, from, to, code }) => {
      if (from === 'never_seen' && to === 'ok') return;
      const isBad = to === 'failing' || to === 'credentials_refused';
      const help = code === undefined ? {} : { help: errorPage(code) };
      logger[isBad ? 'warn' : 'log']({ message: 'model state', model, from, to, error: code, ...help });
    });
  }
}
