import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { LiveConfig } from '../config/live-config.js';
import { MetricRegistry } from './metric-registry.js';

/** Which configuration is in force, and what became of the others. Read when somebody asks. */
@Injectable()
export class ConfigMetrics {
  constructor(registry: MetricRegistry, live: LiveConfig) {
    const registers = [registry.register];
    new Gauge({
      name: 'llm_gateway_config_generation',
      help: 'Generation of the configuration that is in force; 1 since the start.',
      registers,
      collect() {
        this.set(live.generation);
      },
    });
    new Counter({
      name: 'llm_gateway_config_reloads_total',
      help: 'Changed configurations by outcome: ok or refused.',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset();
        this.inc({ outcome: 'ok' }, live.generation - 1);
        this.inc({ outcome: 'refused' }, live.refusedCount);
      },
    });
  }
}
