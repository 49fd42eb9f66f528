/**
 * Loaded into the gateway's process by the soak run (`--expose-gc --import`): collects garbage on request, so
 * that the measurement shows memory in use, not garbage.
 */
process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
  process.send?.(process.memoryUsage());
});
// The channel alone does not keep the gateway running.
process.channel?.unref();
