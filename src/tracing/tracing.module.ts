import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { type TracingEnvironment } from '../config/environment/tracing-environment.js';
import { CallTracer } from './call-tracer.js';
import { TraceExport } from './trace-export.js';

/** OpenTelemetry traces. Imported only when enabled, so that the code is otherwise not loaded. */
@Module({})
export class TracingModule {
  static register(settings: TracingEnvironment): DynamicModule {
    const log = new Logger(TracingModule.name);
    const onChange = (works: boolean): void => {
      if (works) log.log({ message: 'trace delivery restored' });
      // Omits the collector's address, which may contain a key.
      else log.warn({ message: 'traces cannot be delivered' });
    };
    return {
      module: TracingModule,
      imports: [CallsModule],
      providers: [
        { provide: TraceExport, useFactory: () => TraceExport.open(settings, onChange) },
        CallTracer,
      ],
    };
  }
}
