import { Module } from '@nestjs/common';
import { Prices } from './prices.js';

/** What calls cost. */
@Module({ providers: [Prices], exports: [Prices] })
export class PricesModule {}
