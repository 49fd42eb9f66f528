/**
 * Loaded into the gateway's process by the soak run (`--expose-gc --import`): collects garbage when it is asked, so
 * that what is measured is what is held, not what was not yet thrown away.
 */
process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
  process.send?.(process.memoryUsage());
});
// The channel alone does not keep the gateway alive.
process.channel?.unref();
