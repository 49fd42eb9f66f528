import { Module } from '@nestjs/common';
import { AnswersModule } from '../answers/answers.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { TokenCounterModule } from '../dialects/token-counter.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { PricesModule } from '../prices/prices.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ChatController } from './chat.controller.js';
import { ClientCalls } from './client-calls.js';
import { KeptCalls } from './kept-calls.js';
import { ResponsesController } from './responses.controller.js';
import { OperationsController } from './operations.controller.js';
import { MessagesController } from './messages.controller.js';
import { CallUsage } from './counting/call-usage.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [
    AnswersModule,
    TokenCounterModule,
    UpstreamModule,
    CallsModule,
    CatalogModule,
    LimitsModule,
    PricesModule,
    RoutingModule,
    TelemetryModule,
  ],
  controllers: [ChatController, MessagesController, ResponsesController, OperationsController],
  providers: [ChatService, CallUsage, KeptCalls, ClientCalls],
  exports: [ChatService],
})
export class ChatModule {}
