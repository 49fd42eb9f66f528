import { join } from 'node:path';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Express, type NextFunction, type Request, type Response } from 'express';
import { type OpenAPIObject, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { addApiKeySchemes } from './docs/api-key-security.js';
import { docsPage } from './docs/docs-page.js';
import { PageFiles } from './http/pages/page-files.js';
import { pageHeaders } from './http/pages/page-headers.js';
import { VERSION } from './version.js';

const DESCRIPTION = `One OpenAI-compatible API for all model services of a team.

Press **Authorize**, paste an API key, open a route and press **Try it out**. Programs use any OpenAI SDK with this \
address and \`/v1\` as its base URL. Every response carries \`x-request-id\`; every failure has one shape: \
\`{"error": {"message", "type", "param", "code"}}\`. Programs read this page at \`/docs-json\`.

兼容 OpenAI 接口的大模型网关。点击 **Authorize** 填入 API 密钥，展开任一接口，点击 **Try it out** 即可直接调用。\
程序可使用任意 OpenAI SDK，将 base URL 设为本服务地址加 \`/v1\`。`;

/**
 * The page's own files, beside those of Swagger UI; the dashboard's module keeps the key of the
 * tab.
 */
const FILES = new Map([
  ['docs.js', join(import.meta.dirname, 'docs/page/docs.js')],
  ['docs.css', join(import.meta.dirname, 'docs/page/docs.css')],
  ['session.js', join(import.meta.dirname, 'ui/page/session.js')],
]);

/** Mounts Swagger UI at `/docs` and the OpenAPI document at `/docs-json`, built on the first request. */
export function mountDocs(app: NestExpressApplication, hasDashboard: boolean): void {
  // Swagger UI has inline styles and images from `data:` addresses, but no inline scripts.
  const headers = pageHeaders({ style: " 'unsafe-inline'", image: ' data:' });
  app.use(['/docs', '/docs-json'], (_req: Request, res: Response, next: NextFunction) => {
    res.setHeaders(new Headers(headers));
    next();
  });
  const routes = app.getHttpAdapter().getInstance() as Express;
  const files = new PageFiles(FILES, headers);
  for (const name of FILES.keys()) {
    routes.get(`/docs/${name}`, (req: Request, res: Response) => void files.send(name, req, res));
  }
  const serve = (path: string, html: string): void => {
    routes.get(path, (_req: Request, res: Response) => void res.type('html').send(html));
  };
  serve('/docs', docsPage('docs/', './', hasDashboard));
  serve('/docs/', docsPage('./', '../', hasDashboard));
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'docs-json',
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
  // Controllers of calls set their tags on each method.
  return SwaggerModule.createDocument(app, addApiKeySchemes(builder).build(), { autoTagControllers: false });
}
