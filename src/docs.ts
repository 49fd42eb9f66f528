import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import { type OpenAPIObject, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { addApiKeySchemes } from './docs/api-key-security.js';
import { pageHeaders } from './http/page-headers.js';
import { VERSION } from './version.js';

const DESCRIPTION = `One OpenAI-compatible door in front of every model service a team uses.

Press **Authorize**, paste an API key, open a route and press **Try it out**. Programs use any OpenAI SDK with this \
address and \`/v1\` as its base URL. Every answer carries \`x-request-id\`; every failure has one shape: \
\`{"error": {"message", "type", "param", "code"}}\`. Programs read this page at [/docs-json](/docs-json).

兼容 OpenAI 接口的大模型网关。点击 **Authorize** 填入 API 密钥，展开任一接口，点击 **Try it out** 即可直接调用。\
程序可使用任意 OpenAI SDK，将 base URL 设为本服务地址加 \`/v1\`。`;

/**
 * Hides the document bar and the server list, and makes room for the whole Authorize dialog. Each field of the dialog
 * requests the focus, so the last would get it: all but the first are hidden at that moment, so that they cannot.
 */
const STYLE = `
.swagger-ui .topbar, .swagger-ui .response-col_links, .swagger-ui .scheme-container .schemes > .schemes-server-container { display: none }
.swagger-ui .scheme-container .schemes { justify-content: flex-end }
.swagger-ui .dialog-ux .modal-ux-content { max-height: 80vh }
.swagger-ui .auth-container:nth-child(n + 2) input { animation: not-at-first 1ms 1ms both }
@keyframes not-at-first { from { visibility: hidden } to { visibility: visible } }`;

/** Mounts Swagger UI at `/docs` and the OpenAPI document at `/docs-json`, built on the first request. */
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
    .addTag('operations', 'Embeddings, images, audio and more · 向量、图像、语音等')
    .addTag('models', 'Available models and tests · 模型')
    .addTag('usage', 'What was used, and what it cost · 用量与费用')
    .addTag('health', 'Probes, health and metrics · 健康检查与监控指标')
    .addTag('about', 'About this service · 服务信息');
  // Controllers of calls have their tags at the method.
  return SwaggerModule.createDocument(app, addApiKeySchemes(builder).build(), { autoTagControllers: false });
}
