import { type AvailabilityStatus } from '../telemetry/model-availability.js';

/** The process is alive, whatever its upstreams do. */
export class LivenessDto {
  status: 'ok';
  version: string;
  uptime_seconds: number;
  models: ModelCountsDto;
}

export class ModelCountsDto {
  configured: number;
  enabled: number;
}

/** Whether new calls should be sent here. */
export class ReadinessDto {
  status: 'ready' | 'shutting_down';
}

/** One model, as real traffic and tests last saw it. */
export class ModelHealthDto {
  model: string;
  type: string;
  status: AvailabilityStatus;
  /** ISO 8601; null when it never was. */
  last_success_at: string | null;
  last_failure_at: string | null;
  /** `code` of the last failure. */
  last_error: string | null;
  /** Seconds that the last successful call took. */
  last_response_time: number | null;
}

export class ModelHealthListDto {
  object: 'list';
  data: ModelHealthDto[];
}
