/** Samples per second, with 16 bits and one channel, as in OpenAI's `pcm`. */
const SAMPLE_RATE = 24_000;
const BYTES_PER_SAMPLE = 2;
const TONE_SECONDS = 0.12;
const GAP_SECONDS = 0.04;
const VOLUME = 0.25 * 32_767;
/** A scale that sounds well in any order. */
const PITCHES = [262, 294, 330, 392, 440, 523] as const;

export interface Sound {
  readonly seconds: number;
  /** 16-bit samples, little-endian. */
  readonly pcm: Buffer;
}

/** One short tone per word, so that one can hear that the text has arrived. */
export function toneOf(words: readonly string[]): Sound {
  const toneSamples = Math.round(TONE_SECONDS * SAMPLE_RATE);
  const step = toneSamples + Math.round(GAP_SECONDS * SAMPLE_RATE);
  const pcm = Buffer.alloc(words.length * step * BYTES_PER_SAMPLE);
  for (const [nth, word] of words.entries()) {
    const pitch = PITCHES[word.length % PITCHES.length]!;
    for (let at = 0; at < toneSamples; at += 1) {
      // Rises and falls, to avoid clicks.
      const swell = Math.sin((Math.PI * at) / toneSamples);
      const sample = VOLUME * swell * Math.sin((2 * Math.PI * pitch * at) / SAMPLE_RATE);
      pcm.writeInt16LE(Math.round(sample), (nth * step + at) * BYTES_PER_SAMPLE);
    }
  }
  return { pcm, seconds: (words.length * step) / SAMPLE_RATE };
}

/** Format: http://soundfile.sapp.org/doc/WaveFormat/ */
export function wavOf({ pcm }: Sound): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLE_RATE, 24);
  head.writeUInt32LE(SAMPLE_RATE * BYTES_PER_SAMPLE, 28);
  head.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  head.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([head, pcm]);
}

/**
 * The duration of a recording: exact for a WAV file, estimated from a usual bit rate for others.
 */
export function secondsIn(recording: Buffer): number {
  const isWav = recording.length >= 44 && recording.toString('latin1', 0, 4) === 'RIFF';
  const bytesPerSecond = isWav ? recording.readUInt32LE(28) : 0;
  return recording.length / (bytesPerSecond > 0 ? bytesPerSecond : 16_000);
}
