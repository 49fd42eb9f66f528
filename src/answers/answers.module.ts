import { Module } from '@nestjs/common';
import { SharedCacheModule } from '../cache/cache.module.js';
import { KeptAnswers } from './kept-answers.js';

/** Responses that are kept for requests that come again (`cache_answers`). */
@Module({
  imports: [SharedCacheModule],
  providers: [KeptAnswers],
  exports: [KeptAnswers],
})
export class AnswersModule {}
