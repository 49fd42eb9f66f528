import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..');

/** An object of the Kubernetes API. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Values that the API schemas reject, then fields that the API types do not have. Kinds that an operator defines, such
 * as ServiceMonitor, are not among them.
 */
export function problemsOf(documents: readonly Manifest[]): string[] {
  const known = documents.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com/'));
  return [...schemaProblems(known), ...fieldProblems(known)];
}

/** In a process of its own: the schemas are ES modules, which jest does not load here. */
function schemaProblems(documents: readonly Manifest[]): string[] {
  const script = `
    const problems = [];
    for (const document of JSON.parse(process.argv[1])) {
      const { apiVersion, kind } = document;
      const { [kind]: Model } = await import('kubernetes-models/' + apiVersion + '/' + kind);
      try { new Model(document).validate(); } catch (error) { problems.push(kind + ': ' + error.message); }
    }
    console.log(JSON.stringify(problems));`;
  const words = ['--input-type=module', '-e', script, JSON.stringify(documents)];
  return JSON.parse(execFileSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' })) as string[];
}

/** The schemas allow unknown fields, which the API server ignores; the types of the same library do not. */
function fieldProblems(documents: readonly Manifest[]): string[] {
  const path = join(ROOT, 'test', 'manifests.ts');
  const content = documents
    .map(({ apiVersion, kind }, index) => {
      const type = `import('kubernetes-models/${apiVersion}/${kind}').I${kind}`;
      return `export const manifest${index}: ${type} = ${JSON.stringify(documents[index])};\n`;
    })
    .join('');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => file === path || disk.fileExists(file),
    getSourceFile: (file, ...rest) =>
      file === path
        ? ts.createSourceFile(file, content, ts.ScriptTarget.ES2023)
        : disk.getSourceFile(file, ...rest),
  };
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
