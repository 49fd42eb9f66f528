import { Controller, Get, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type ApiClient } from '../auth/api-client.js';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { AdminRequiredError, ModelNotAllowedError } from '../errors/access-errors.js';
import { readOptionalJsonBody } from '../http/body/body-reader.js';
import { DrainGuard } from '../calls/drain.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { type Cancellation } from '../calls/cancellation.js';
import { RunningCalls } from '../calls/running-calls.js';
import { type ModelCall } from '../providers/llm-provider.js';
import { type Model } from '../routing/model.js';
import { responseHeaders } from '../calls/gateway-headers.js';
import { TEST_BODY_LIMIT_BYTES, parseModelTest } from './model-test-request.js';
import { type ModelDto, type ModelListDto } from './model.dto.js';
import { ApiListModels, ApiRetrieveModel, ApiTestModel } from './models.docs.js';
import { ownRequest } from '../dialects/own-request.js';
import { CallLimits, settleCall } from '../limits/call-limits.js';
import { markedDialect } from '../dialects/client-dialects.js';
import { type ModelsFormat } from '../dialects/ports/models-format.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { ModelTester } from '../routing/testing/model-tester.js';
import { type ModelTestResult } from '../routing/testing/model-test-result.js';

/**
 * The creation time of models is unknown, so it is a constant, the same on every call and every
 * replica.
 */
const CREATED = Date.UTC(2026, 0, 1) / 1000;
/** Equals the first pause of a refused login, so that forced tests do not lock an account sooner than chats would. */
const FORCED_SPACING_MS = 30_000;

@ApiTags('models')
@ApiKeyRequired()
@UseGuards(DrainGuard)
@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly models: ModelRegistry,
    private readonly tester: ModelTester,
    private readonly calls: RunningCalls,
    private readonly limits: CallLimits,
  ) {}

  @ApiListModels()
  @Get()
  list(
    @Req() { apiClient: client, headers, url }: AuthenticatedRequest,
    @Res({ passthrough: true }) res: GatewayResponse,
  ): ModelListDto | object {
    const visible = [...this.models.list()].filter((model) => client.mayUse(model.name));
    const data = visible.map(toDto);
    // Not `req.query`, so that Express need not parse queries for model calls.
    const query = Object.fromEntries(new URLSearchParams(url.split('?', 2)[1]));
    return listingOf(headers, res)?.list(data, query) ?? { object: 'list', data };
  }

  // A wildcard, because a name may contain slashes; each part arrives decoded.
  @ApiRetrieveModel()
  @Get('*name')
  retrieve(
    @Param('name') name: string[],
    @Req() { apiClient: client, headers }: AuthenticatedRequest,
    @Res({ passthrough: true }) res: GatewayResponse,
  ): ModelDto | object {
    const model = toDto(this.#find(name, client));
    return listingOf(headers, res)?.one(model) ?? model;
  }

  @ApiTestModel()
  @Post('*name/test')
  @HttpCode(200)
  async test(
    @Param('name') name: string[],
    @Req() req: AuthenticatedRequest,
    @Res() res: GatewayResponse,
  ): Promise<void> {
    const call = this.calls.begin(res);
    try {
      const reading = readOptionalJsonBody(req, res, TEST_BODY_LIMIT_BYTES);
      const body = reading instanceof Promise ? await call.race(reading) : reading;
      const { test_message: message, force } = parseModelTest(body);
      const model = this.#find(name, req.apiClient);
      const forcedLogin = force ? forcedLoginOf(req.apiClient) : undefined;
      const result = await this.#test(model, message, req, res, call, forcedLogin);
      for (const [name, value] of Object.entries(responseHeaders(res.record))) res.setHeader(name, value);
      res.json(result);
    } finally {
      this.calls.done(call);
    }
  }

  /** A test is a call like any other, also with regard to the limits of its client. */
  async #test(
    model: Model,
    message: string,
    { apiClient: client }: AuthenticatedRequest,
    { record }: GatewayResponse,
    cancellation: Cancellation,
    forcedLogin: ModelCall['forcedLogin'],
  ): Promise<ModelTestResult> {
    const request = ownRequest(model.name, [{ role: 'user', content: message }]);
    const reservation =
      client.scopes.length === 0
        ? undefined
        : await this.limits.admit(client, { model, request }, record, cancellation);
    try {
      return await this.tester.test(model, message, record, cancellation, forcedLogin);
    } finally {
      // Each deployment was called.
      if (reservation !== undefined) settleCall(reservation, record, model.deployments.length);
    }
  }

  #find(name: readonly string[], client: ApiClient): Model {
    const model = this.models.get(name.join('/'));
    if (!client.mayUse(model.name)) throw new ModelNotAllowedError(model.name);
    return model;
  }
}

/**
 * The list of models in the client's wire format, if that has a form of its own; sets the format's
 * headers.
 */
function listingOf(headers: AuthenticatedRequest['headers'], res: GatewayResponse): ModelsFormat | undefined {
  const { models, requestIdHeader } = markedDialect(headers) ?? {};
  if (requestIdHeader !== undefined) res.setHeader(requestIdHeader, res.record.requestId);
  return models;
}

/**
 * If no key sets `admin`, every unrestricted key may force a login at limited intervals; otherwise
 * no key could.
 * @throws AdminRequiredError
 */
function forcedLoginOf({ isAdmin, isOperator }: ApiClient): ModelCall['forcedLogin'] {
  if (!isOperator) throw new AdminRequiredError('force');
  return { spacingMs: isAdmin === true ? 0 : FORCED_SPACING_MS, tried: new Set() };
}

function toDto({ name, config, deployments }: Model): ModelDto {
  const speaks = new Set(
    deployments.flatMap(({ upstream }) => upstream.dialects.map((dialect) => dialect.name)),
  );
  return {
    id: name,
    object: 'model',
    created: CREATED,
    owned_by: 'llm-gateway',
    type: config.type,
    speaks: [...speaks],
    ...(config.max_tokens !== undefined && { max_tokens: config.max_tokens }),
  };
}
