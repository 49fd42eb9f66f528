import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ErrorFilter } from './error.filter.js';

/** The client-facing edge: error responses. */
@Module({ providers: [{ provide: APP_FILTER, useClass: ErrorFilter }] })
export class HttpEdgeModule {}
