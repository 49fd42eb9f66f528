import { type LoggerService } from '@nestjs/common';
import { type StateChange } from './model-state.js';

/** One line for a model that does better or worse than before; that it answers the first call is no news. */
export function logStateChange(logger: LoggerService, { model, from, to, code }: StateChange): void {
  if (from === 'never_seen' && to === 'ok') return;
  const isBad = to === 'failing' || to === 'credentials_refused';
  logger[isBad ? 'warn' : 'log']({ message: 'model state', model, from, to, error: code });
}
