import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { LiveConfig } from '../../config/live-config.js';
import { MetricRegistry } from '../metric-registry.js';

/** Metrics of the configuration in force and of reloads, read at a scrape. */
@Injectable()
export class ConfigMetrics {
  constructor(registry: MetricRegistry, live: LiveConfig) {
    const registers = [registry.register];
    new Gauge({
      name: 'llm_gateway_config_generation',
      help: 'Generation of the configuration in force; 1 at startup.',
      registers,
      collect() {
        this.set(live.generation);
      },
    });
    new Counter({
      name: 'llm_gateway_config_reloads_total',
      help: 'Configuration reloads by outcome: ok or refused.',
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
