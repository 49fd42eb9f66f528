import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from './version.js';

/** Mounts Swagger UI at `/docs` and the OpenAPI document at `/docs-json`. */
export function mountDocs(app: INestApplication): void {
  const description = new DocumentBuilder()
    .setTitle('LLM Gateway')
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'API key' })
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'docs-json',
  });
}
