/** The instructions between two `FROM`. */
export interface DockerStage {
  readonly base: string;
  readonly name: string;
  readonly lines: { readonly name: string; readonly rest: string }[];
}

/** Instructions by stage, continued lines joined; `args` are those before the first stage. */
export function parseDockerfile(content: string): { args: string[]; stages: DockerStage[] } {
  const args: string[] = [];
  const stages: DockerStage[] = [];
  const lines = content.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  for (const [, name, rest] of lines.matchAll(/^(\w+) +(.*)$/gm)) {
    if (name === 'FROM') {
      const [base, , stage] = rest!.split(/\s+/);
      stages.push({ base: base!, name: stage!, lines: [] });
    } else if (stages.length === 0) args.push(rest!);
    else stages.at(-1)!.lines.push({ name: name!, rest: rest! });
  }
  return { args, stages };
}
