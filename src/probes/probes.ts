import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { type ModelConfig } from '../config/model.config.js';
import { Drain } from '../calls/drain.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { ModelAvailability } from '../telemetry/availability/model-availability.js';
import { ProbeLoop } from './probe-loop.js';
import { Prober } from './prober.js';

/**
 * Checks models in the background if their configuration has `probe`. Without such models, there
 * are no timers and no requests. Nothing waits for the checks, and liveness does not depend on
 * them; they stop when the drain begins.
 */
@Injectable()
export class Probes implements OnApplicationBootstrap, OnApplicationShutdown {
  #loops: ReadonlyMap<ModelConfig, ProbeLoop> = new Map();

  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
    private readonly prober: Prober,
    private readonly availability: ModelAvailability,
    private readonly drain: Drain,
  ) {}

  onApplicationBootstrap(): void {
    this.#sync();
    this.live.onReplaced(() => this.#sync());
    this.drain.onBegun(() => this.#stop());
  }

  onApplicationShutdown(): void {
    this.#stop();
  }

  /** Adapts the loops to a new configuration; those of unchanged models continue. */
  #sync(): void {
    const loops = new Map<ModelConfig, ProbeLoop>();
    if (this.drain.phase === 'serving') {
      for (const model of this.models.list()) {
        const { config } = model;
        const { probe } = config;
        if (probe === undefined || probe.kind === 'live') continue;
        const watch = this.availability.of(model.name);
        loops.set(
          config,
          this.#loops.get(config) ?? new ProbeLoop(model, probe.kind, probe, this.prober, watch),
        );
      }
    }
    for (const [config, loop] of this.#loops) if (!loops.has(config)) loop.stop();
    this.#loops = loops;
  }

  #stop(): void {
    for (const loop of this.#loops.values()) loop.stop();
    this.#loops = new Map();
  }
}
