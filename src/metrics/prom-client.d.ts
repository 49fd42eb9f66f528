/** prom-client's default metrics as separate files, which its types do not declare. */
declare module 'prom-client/lib/metrics/*.js' {
  import { type Registry } from 'prom-client';

  const collect: (registry: Registry, config: { eventLoopMonitoringPrecision: number }) => void;
  export default collect;
}
