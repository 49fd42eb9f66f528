import { Module } from '@nestjs/common';
import { TokenCounter } from './token-counter.js';

/** Counts tokens if no service does. */
@Module({ providers: [TokenCounter], exports: [TokenCounter] })
export class TokenCounterModule {}
