import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The doc comments of a class and of its fields, each as one line. */
export interface ClassComments {
  readonly own?: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads the doc comments of all classes in a folder, by name of the class. */
export function readDocComments(folder: string): ReadonlyMap<string, ClassComments> {
  const classes = new Map<string, ClassComments>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    if (!/class-validator|config-rules|class \w+Config /.test(text)) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      if (ts.isClassDeclaration(node) && node.name !== undefined)
        classes.set(node.name.text, { own: commentOf(node), fields: fieldsOf(node) });
    });
  }
  return classes;
}

function fieldsOf(node: ts.ClassDeclaration): Map<string, string> {
  const fields = new Map<string, string>();
  for (const member of node.members) {
    if (!ts.isPropertyDeclaration(member) || !ts.isIdentifier(member.name)) continue;
    const comment = commentOf(member);
    if (comment !== undefined) fields.set(member.name.text, comment);
  }
  return fields;
}

function commentOf(node: ts.Node): string | undefined {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter((part) => ts.isJSDoc(part));
  const text = ts.getTextOfJSDocComment(comment?.comment);
  return text?.replaceAll(/\s+/g, ' ').trim();
}
