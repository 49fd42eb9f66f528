import { Injectable } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { ModelConfig } from '../config/model.config.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type ChatCall, type LlmProvider } from './llm-provider.js';
import { openAiRequest } from './openai-request.js';

/** A service that speaks the OpenAI format itself: a cloud, vLLM, Ollama, DeepSeek, Qwen and so on. */
export class OpenAiModelConfig extends ModelConfig {
  /** Sent as `Authorization: Bearer …`; without it no such header is sent. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  api_key?: string;
}

@Injectable()
export class OpenAiProvider implements LlmProvider<OpenAiModelConfig> {
  static readonly type = 'openai';
  static readonly Config = OpenAiModelConfig;

  prepare(call: ChatCall, model: OpenAiModelConfig): UpstreamRequest {
    return openAiRequest(call, model, model.api_key);
  }
}
