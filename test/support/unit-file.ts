/** A systemd unit: each section's settings, in their order. A setting may occur several times. */
export type UnitFile = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/** Reads a unit file without continued lines. */
export function parseUnit(text: string): UnitFile {
  const sections: Record<string, [string, string][]> = {};
  let section: [string, string][] | undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(\w+)\]$/.exec(line);
    if (header !== null) {
      sections[header[1]!] = section = [];
      continue;
    }
    const at = line.indexOf('=');
    if (section === undefined || at < 1 || line.endsWith('\\')) throw new Error(`not understood: ${line}`);
    section.push([line.slice(0, at), line.slice(at + 1)]);
  }
  return sections;
}
