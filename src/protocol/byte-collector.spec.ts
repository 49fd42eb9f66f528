import { ByteCollector } from './byte-collector.js';

describe('ByteCollector', () => {
  it('returns the bytes it was given, for any sizes of the pieces', () => {
    const collector = new ByteCollector();
    const pieces = [1, 5000, 3, 0, 70_000, 4096, 4095, 1, 200_000, 7].map((size, index) =>
      Buffer.alloc(size, index + 1),
    );
    for (const piece of pieces) collector.append(piece);
    expect(collector.length).toBe(Buffer.concat(pieces).length);
    expect(collector.take().equals(Buffer.concat(pieces))).toBe(true);
    expect(collector.length).toBe(0);
    expect(collector.take()).toHaveLength(0);
    collector.append(Buffer.from('again'));
    expect(collector.take().toString()).toBe('again');
  });

  it('hands one large piece on without copying it', () => {
    const piece = Buffer.allocUnsafeSlow(10_000);
    const collector = new ByteCollector();
    collector.append(piece);
    expect(collector.take()).toBe(piece);
  });

  it('does not keep a large read alive for a small piece of it', () => {
    const read = Buffer.allocUnsafeSlow(65_536);
    const collector = new ByteCollector();
    collector.append(read.subarray(0, 5000));
    expect(collector.take().buffer).not.toBe(read.buffer);
  });

  it('costs about its bytes when they come one by one', () => {
    const read = Buffer.allocUnsafeSlow(65_536);
    const before = process.memoryUsage();
    const collector = new ByteCollector();
    for (let i = 0; i < 4_000_000; i++) collector.append(read.subarray(i % 65_536, (i % 65_536) + 1));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    expect(collector.length).toBe(4_000_000);
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(8_000_000);
    // Dropped pieces may not have been garbage-collected yet.
    expect(heapUsed - before.heapUsed).toBeLessThan(150_000_000);
  });
});
