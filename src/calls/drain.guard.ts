import { type CanActivate, Injectable } from '@nestjs/common';
import { ShuttingDownError } from '../errors/server-errors.js';
import { Drain } from './drain.js';

/** Refuses new calls once the drain has closed the process to them. */
@Injectable()
export class DrainGuard implements CanActivate {
  constructor(private readonly drain: Drain) {}

  canActivate(): boolean {
    if (this.drain.phase === 'closed') throw new ShuttingDownError();
    return true;
  }
}
