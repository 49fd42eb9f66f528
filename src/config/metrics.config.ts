import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { Flag, WholeNumber } from './config-rules.js';
import { LARGEST_PORT } from './server.config.js';

/** Whether there are measurements to scrape, and who may. */
export class MetricsConfig {
  /** False: nothing is measured, and no code for it is loaded. */
  @Flag() enabled: boolean = true;
  /** Whether `/metrics` answers without an API key. */
  @Flag() public: boolean = false;
  /** A listener of its own, without keys; `/metrics` is then not on the main port. 0 lets the system choose. */
  @IsOptional() @WholeNumber(0, LARGEST_PORT) port?: number;
}
