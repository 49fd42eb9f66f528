import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import { type OpenAPIObject, DocumentBuilder, SwaggerModule, getSchemaPath } from '@nestjs/swagger';
import { addApiKeySchemes } from './docs/api-key-security.js';
import { pageHeaders } from './http/page-headers.js';
import { ModelTestRequestDto } from './models/model.dto.js';
import {
  ChatCompletionChunkDto,
  ChatDeltaDto,
  ChunkChoiceDto,
} from './dialects/openai-chat/dto/chat-completion-chunk.dto.js';
import {
  AssistantMessageDto,
  ChatChoiceDto,
  ChatCompletionDto,
  UsageDto,
} from './dialects/openai-chat/dto/chat-completion.dto.js';
import {
  ChatCompletionRequestDto,
  ChatMessageDto,
} from './dialects/openai-chat/dto/chat-completion-request.dto.js';
import { ErrorDto } from './protocol/error.dto.js';
import { VERSION } from './version.js';

const DESCRIPTION = `One OpenAI-compatible door in front of every model service a team uses.

Press **Authorize**, paste an API key, open a route and press **Try it out**. Programs use any OpenAI SDK with this \
address and \`/v1\` as its base URL. Every answer carries \`x-request-id\`; every failure has one shape: \
\`{"error": {"message", "type", "param", "code"}}\`. Programs read this page at [/docs-json](/docs-json).

兼容 OpenAI 接口的大模型网关。点击 **Authorize** 填入 API 密钥，展开任一接口，点击 **Try it out** 即可直接调用。\
程序可使用任意 OpenAI SDK，将 base URL 设为本服务地址加 \`/v1\`。`;

/**
 * No bar for another document, no list of one server, and room for the whole Authorize dialog. Each of its fields asks
 * for the focus, so the last one would get it: those after the first are hidden at that moment, and cannot.
 */
const STYLE = `
.swagger-ui .topbar, .swagger-ui .response-col_links, .swagger-ui .scheme-container .schemes > .schemes-server-container { display: none }
.swagger-ui .scheme-container .schemes { justify-content: flex-end }
.swagger-ui .dialog-ux .modal-ux-content { max-height: 80vh }
.swagger-ui .auth-container:nth-child(n + 2) input { animation: not-at-first 1ms 1ms both }
@keyframes not-at-first { from { visibility: hidden } to { visibility: visible } }`;

/** Shapes that may hold more than is listed: what the gateway passes through, it does not judge. */
const OPEN_SCHEMAS = [
  ChatCompletionRequestDto,
  ChatMessageDto,
  ChatCompletionDto,
  ChatChoiceDto,
  AssistantMessageDto,
  ChatCompletionChunkDto,
  ChunkChoiceDto,
  ChatDeltaDto,
  UsageDto,
  ErrorDto,
];

/** Schemas that allow no further properties. */
const CLOSED_SCHEMAS = [ModelTestRequestDto];

/** Mounts Swagger UI at `/docs` and the OpenAPI document, which is built when first asked for, at `/docs-json`. */
export function mountDocs(app: NestExpressApplication): void {
  // Swagger UI has inline styles and images from `data:` addresses, but no inline scripts.
  const headers = new Headers(pageHeaders({ style: " 'unsafe-inline'", image: ' data:' }));
  app.use(['/docs', '/docs-json'], (_req: Request, res: Response, next: NextFunction) => {
    res.setHeaders(headers);
    next();
  });
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'LLM Gateway',
    customCss: STYLE,
    swaggerOptions: { displayRequestDuration: true, defaultModelsExpandDepth: 0, defaultModelExpandDepth: 2 },
  });
}

function createDocument(app: NestExpressApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('LLM Gateway')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addTag('chat', 'Chat completions · 对话')
    .addTag('models', 'What can be called, and whether it works · 模型')
    .addTag('health', 'For probes and operators · 健康检查')
    .addTag('about', 'What stands here · 服务信息');
  const document = SwaggerModule.createDocument(app, addApiKeySchemes(builder).build());
  for (const dto of [...OPEN_SCHEMAS, ...CLOSED_SCHEMAS]) {
    const schema = document.components?.schemas?.[getSchemaPath(dto).split('/').at(-1)!];
    if (schema !== undefined && 'properties' in schema)
      schema.additionalProperties = !CLOSED_SCHEMAS.includes(dto as typeof ModelTestRequestDto);
  }
  return document;
}
