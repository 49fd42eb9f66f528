import { applyDecorators } from '@nestjs/common';
import { type DocumentBuilder, ApiSecurity } from '@nestjs/swagger';

const HEADERS = ['x-api-key', 'api-key'] as const;

/** Adds the three ways to send a key to Swagger UI's Authorize dialog. */
export function addApiKeySchemes(builder: DocumentBuilder): DocumentBuilder {
  builder.addBearerAuth({
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'API key',
    description: 'The usual way. Any one of these suffices. 填入 API 密钥即可，任选一种方式。',
  });
  for (const name of HEADERS) {
    builder.addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name,
        description: 'The same key, as other SDKs send it. 同一密钥，供其他 SDK 使用的请求头。',
      },
      name,
    );
  }
  return builder;
}

/** Marks a route that requires a key, sent in any of the three ways. */
export const ApiKeyRequired = (): ClassDecorator & MethodDecorator =>
  applyDecorators(ApiSecurity('bearer'), ...HEADERS.map((name) => ApiSecurity(name)));
