import { Inspection } from './inspection.js';

describe('an inspection', () => {
  it('is watched from the first subscription to the end of the last one', () => {
    const inspection = new Inspection<number>('spec-watched');
    expect(inspection.isWatched).toBe(false);
    const ends = [inspection.watch(() => {}), inspection.watch(() => {})];
    expect(inspection.isWatched).toBe(true);
    ends[0]!();
    expect(inspection.isWatched).toBe(true);
    ends[1]!();
    expect(inspection.isWatched).toBe(false);
  });

  it('hands each event to every subscriber at once, and none after a subscription has ended', () => {
    const inspection = new Inspection<number>('spec-published');
    const seen: string[] = [];
    const end = inspection.watch((event) => seen.push(`a${event}`));
    const endOther = inspection.watch((event) => seen.push(`b${event}`));
    inspection.publish(1);
    end();
    inspection.publish(2);
    endOther();
    inspection.publish(3);
    expect(seen).toEqual(['a1', 'b1', 'b2']);
  });
});
