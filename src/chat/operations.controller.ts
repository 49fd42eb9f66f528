import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { DrainGuard } from '../calls/drain.guard.js';
import { SPEECH_AUDIO } from '../dialects/openai-audio/speech.js';
import { TRANSCRIPTIONS, TRANSLATIONS } from '../dialects/openai-audio/transcriptions.js';
import { OPENAI_COMPLETIONS } from '../dialects/openai-completions/openai-completions.js';
import { OPENAI_EMBEDDINGS } from '../dialects/openai-embeddings/openai-embeddings.js';
import { IMAGE_EDITS, IMAGE_GENERATIONS } from '../dialects/openai-images/openai-images.js';
import { OPENAI_MODERATIONS } from '../dialects/openai-moderations/openai-moderations.js';
import { COHERE_RERANK, JINA_RERANK } from '../dialects/rerank/rerank.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { ClientCalls } from './client-calls.js';
import * as docs from './operations.docs.js';

/** What models are asked for beside chats. */
@ApiTags('operations')
@ApiKeyRequired()
@UseGuards(DrainGuard)
@Controller()
export class OperationsController {
  constructor(private readonly calls: ClientCalls) {}

  @docs.ApiCompletions()
  @Post(OPENAI_COMPLETIONS.route)
  @HttpCode(200)
  complete(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(OPENAI_COMPLETIONS, req, res);
  }

  @docs.ApiEmbeddings()
  @Post(OPENAI_EMBEDDINGS.route)
  @HttpCode(200)
  embed(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(OPENAI_EMBEDDINGS, req, res);
  }

  @docs.ApiRerank()
  @Post(JINA_RERANK.route)
  @HttpCode(200)
  rerank(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(JINA_RERANK, req, res);
  }

  @docs.ApiCohereRerank()
  @Post(COHERE_RERANK.route)
  @HttpCode(200)
  rerankAsCohere(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(COHERE_RERANK, req, res);
  }

  @docs.ApiModerations()
  @Post(OPENAI_MODERATIONS.route)
  @HttpCode(200)
  moderate(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(OPENAI_MODERATIONS, req, res);
  }

  @docs.ApiImages()
  @Post(IMAGE_GENERATIONS.route)
  @HttpCode(200)
  makeImages(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(IMAGE_GENERATIONS, req, res);
  }

  @docs.ApiImageEdits()
  @Post(IMAGE_EDITS.route)
  @HttpCode(200)
  editImages(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(IMAGE_EDITS, req, res);
  }

  @docs.ApiSpeech()
  @Post(SPEECH_AUDIO.route)
  @HttpCode(200)
  speak(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(SPEECH_AUDIO, req, res);
  }

  @docs.ApiTranscriptions()
  @Post(TRANSCRIPTIONS.route)
  @HttpCode(200)
  transcribe(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(TRANSCRIPTIONS, req, res);
  }

  @docs.ApiTranslations()
  @Post(TRANSLATIONS.route)
  @HttpCode(200)
  translate(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(TRANSLATIONS, req, res);
  }
}
