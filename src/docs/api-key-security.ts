import { applyDecorators } from '@nestjs/common';
import { type DocumentBuilder, ApiSecurity } from '@nestjs/swagger';

const HEADERS = ['x-api-key', 'api-key'] as const;

/** The three ways to show a key, as Swagger UI's Authorize dialog lists them. */
export function addApiKeySchemes(builder: DocumentBuilder): DocumentBuilder {
  builder.addBearerAuth({
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'API key',
    description: 'The usual way. Any one of the ways below suffices. 填入 API 密钥即可，任选一种方式。',
  });
  for (const name of HEADERS) {
    builder.addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name,
        description: 'The same key, as other SDKs send it. 同一密钥的另一种写法。',
      },
      name,
    );
  }
  return builder;
}

/** Marks a route that needs a key; any one of the three ways suffices. */
export const ApiKeyRequired = (): ClassDecorator & MethodDecorator =>
  applyDecorators(ApiSecurity('bearer'), ...HEADERS.map((name) => ApiSecurity(name)));
