import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { DrainGuard } from '../calls/drain.guard.js';
import { Drain } from '../calls/drain.js';
import { ErrorFilter } from './error.filter.js';

/** The caller-facing edge: error answers and the taking of leave. */
@Module({
  providers: [Drain, DrainGuard, { provide: APP_FILTER, useClass: ErrorFilter }],
  exports: [Drain, DrainGuard],
})
export class HttpEdgeModule {}
