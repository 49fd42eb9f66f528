/** prom-client's default metrics, each in a file of its own; its types know them together only. */
declare module 'prom-client/lib/metrics/*.js' {
  import { type Registry } from 'prom-client';

  const collect: (registry: Registry, config: { eventLoopMonitoringPrecision: number }) => void;
  export default collect;
}
