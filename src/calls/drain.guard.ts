import { type CanActivate, Injectable } from '@nestjs/common';
import { ShuttingDownError } from '../errors/server-errors.js';
import { Drain } from './drain.js';

/** Turns new calls away once the process has stopped taking them. */
@Injectable()
export class DrainGuard implements CanActivate {
  constructor(private readonly drain: Drain) {}

  canActivate(): boolean {
    if (this.drain.phase === 'closed') throw new ShuttingDownError();
    return true;
  }
}
