import { Module } from '@nestjs/common';
import { CallEvents } from './call-events.js';
import { Drain, DrainGuard } from './drain.js';
import { RunningCalls } from './running-calls.js';

/** The lifecycle of calls: which are running, when each ends, and the drain that waits for them. */
@Module({
  providers: [CallEvents, RunningCalls, Drain, DrainGuard],
  exports: [CallEvents, RunningCalls, Drain, DrainGuard],
})
export class CallsModule {}
