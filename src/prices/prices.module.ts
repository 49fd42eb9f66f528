import { Module } from '@nestjs/common';
import { Prices } from './prices.js';

/** The prices of models and the cost of calls. */
@Module({ providers: [Prices], exports: [Prices] })
export class PricesModule {}
