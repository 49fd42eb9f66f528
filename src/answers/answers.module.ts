import { Module } from '@nestjs/common';
import { SharedCacheModule } from '../cache/cache.module.js';
import { KeptAnswers } from './kept-answers.js';

/** The cache of responses for repeated requests (`cache_answers`). */
@Module({
  imports: [SharedCacheModule],
  providers: [KeptAnswers],
  exports: [KeptAnswers],
})
export class AnswersModule {}
