import fc from 'fast-check';
import { boundaryOf, isForm } from './form-boundary.js';
import { FormScan } from './form-scan.js';
import { readPartHead } from './part-head.js';

const BOUNDARY = 'X-b';
const WANTED = new Set(['model', 'stream']);

function part(name: string, value: string | Buffer, more = ''): Buffer {
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
}

function form(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

function scanned(bytes: Buffer, cuts: readonly number[] = []): FormScan {
  const scan = new FormScan(BOUNDARY, WANTED);
  let at = 0;
  for (const cut of [...cuts, bytes.length].toSorted((a, b) => a - b)) {
    if (cut < at || cut > bytes.length) continue;
    scan.push(bytes.subarray(at, cut));
    at = cut;
  }
  return scan;
}

const AUDIO = Buffer.from(`\0\r\n--X-\r\n-\n--X\r\n--x-b\r\nmodel\r\n`, 'latin1');
const FILE = part('file', AUDIO, '; filename="a.wav"');

describe('FormScan', () => {
  it.each([
    ['first', form(part('model', 'm-1'), FILE)],
    ['last', form(FILE, part('model', 'm-1'))],
    ['in the middle', form(part('language', 'en'), part('model', 'm-1'), FILE)],
  ])('finds a field that comes %s, wherever the bytes are cut', (_, bytes) => {
    const start = bytes.indexOf('m-1');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const scan = scanned(bytes, [cut]);
      expect(scan.field('model')).toEqual({ start, end: start + 3, text: 'm-1' });
      expect(scan.isOver).toBe(true);
      expect(scan.length).toBe(bytes.length);
    }
    const single = scanned(bytes, [...bytes.keys()]);
    expect(single.field('model')).toEqual({ start, end: start + 3, text: 'm-1' });
  });

  it('finds the fields of any form, cut anywhere', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value));
    fc.assert(
      fc.property(bytes, bytes, fc.array(fc.nat(400)), fc.boolean(), (before, behind, cuts, isLast) => {
        const files = [part('a', before, '; filename="a"'), part('b[]', behind)];
        const fields = [part('model', 'any/model'), part('stream', 'true')];
        const whole = form(...(isLast ? [...files, ...fields] : [...fields, ...files]));
        const scan = scanned(whole, cuts);
        expect(scan.field('model')!.text).toBe('any/model');
        const { start, end } = scan.field('model')!;
        expect(whole.toString('latin1', start, end)).toBe('any/model');
        expect(scan.field('stream')!.text).toBe('true');
      }),
    );
  });

  it('reads an empty value, white space behind a boundary, a preamble and an epilogue', () => {
    const bytes = Buffer.from(
      'preamble\r\n--X-b \t\r\nContent-Disposition: form-data; name=stream\r\n\r\n\r\n--X-b\r\ncontent-disposition:form-data;name="model"\r\n\r\nm\r\n--X-b--  epilogue\r\n--X-b\r\nContent-Disposition: form-data; name="model"\r\n\r\nn',
    );
    const scan = scanned(bytes);
    expect(scan.field('stream')!.text).toBe('');
    expect(scan.field('model')!.text).toBe('m');
  });

  it.each([
    ['twice', form(part('model', 'a'), part('model', 'b')), "The field 'model' occurs twice."],
    ['as a file', form(part('model', 'a', '; filename="m"')), "'model' must be a text, not a file."],
    ['as bytes that are not UTF-8', form(part('model', Buffer.from([0xff]))), "'model' must be UTF-8."],
    ['longer than a name', form(part('model', 'm'.repeat(5000))), "'model' is longer than 4096 bytes."],
    [
      'in Base64',
      form(
        Buffer.from(
          '--X-b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="model"\r\n\r\nbQ==\r\n',
        ),
      ),
      "'model' must not be in a transfer encoding.",
    ],
  ])('refuses the field %s', (_, bytes, message) => {
    expect(() => scanned(bytes)).toThrow(message);
    expect(() => scanned(bytes, [...bytes.keys()])).toThrow(message);
  });

  it.each([
    ['lines that end in LF', '--X-b\nContent-Disposition: form-data; name="model"\n\nm\n--X-b--\n'],
    ['LF before a boundary', '--X-b\r\nContent-Disposition: form-data; name="a"\r\n\r\nm\n--X-b--\r\n'],
    ['LF in its headers', '--X-b\r\nA: b\nContent-Disposition: form-data; name="a"\r\n\r\nm\r\n--X-b--\r\n'],
    [
      'something behind a boundary',
      '--X-b\r\nContent-Disposition: form-data; name="a"\r\n\r\nm\r\n--X-bc\r\n',
    ],
    ['no empty line', '--X-b\r\nContent-Disposition: form-data; name="a"\r\n\r\n--X-b--\r\n'],
    ['endless headers', `--X-b\r\nA: ${'b'.repeat(20_000)}`],
  ])('refuses %s, which readers of forms read differently', (_, text) => {
    expect(() => scanned(Buffer.from(text))).toThrow("The form is not valid 'multipart/form-data'");
    expect(() => scanned(Buffer.from(text), [...Buffer.from(text).keys()])).toThrow('The form is not valid');
  });
});

describe('readPartHead', () => {
  it.each([
    ['Content-Disposition: form-data; name="a b"', 'a b', false],
    ['content-disposition : form-data ; filename="x; name=y" ; name=z', 'z', true],
    ['Content-Disposition: form-data; name="a\\"b"; filename="é\\"', 'a"b', true],
    ['Content-Disposition: form-data;\r\n name="folded"', 'folded', false],
    ['Content-Type: text/plain', undefined, false],
  ])('reads %j', (block, name, isFile) => {
    expect(readPartHead(block)).toMatchObject({ name, ...(name !== 'a"b' && { isFile }) });
  });

  it.each([
    'Content-Disposition: form-data; name="a"; name="model"',
    "Content-Disposition: form-data; name*=utf-8''model",
    'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="model"',
    'Content-Disposition: form-data; name="a" b; name="model"',
  ])('refuses %j', (block) => {
    expect(() => readPartHead(block)).toThrow('A part of the form has');
  });
});

describe('boundaryOf', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;charset=utf-8; Boundary="a b;c"', 'a b;c'],
    ['multipart/form-data; boundary="a\\"b"', 'a"b'],
  ])('reads %s', (contentType, boundary) => {
    expect(isForm(contentType)).toBe(true);
    expect(boundaryOf(contentType)).toBe(boundary);
  });

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
    'multipart/form-data; boundary=a; boundary=b',
  ])('refuses %s', (contentType) => {
    expect(() => boundaryOf(contentType)).toThrow();
  });

  it('knows no other kinds of multipart', () => {
    expect(isForm('multipart/mixed; boundary=a')).toBe(false);
    expect(isForm(undefined)).toBe(false);
  });
});
