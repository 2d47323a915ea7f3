/** Where in a JSON text something stands, by jsonc-parser. */
import type { Node, ParseError } from 'jsonc-parser';
import { type DocumentProblem, type Position, placed, pointerSegments, pointerTo, shown } from '../core/documents.ts';
import { isJsonObject } from '../core/json-value.ts';
import { loadJsonc } from './late-packages.ts';

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

function childAt(node: Node, segment: string): Node | undefined {
  return loadJsonc().findNodeAtLocation(node, [node.type === 'array' ? Number(segment) : segment]);
}

let last: { readonly text: string; readonly tree: Node | undefined } | undefined;

/** The tree of a text. The last one is kept: hundreds of places may be asked for in one file. */
function treeOf(text: string): Node | undefined {
  if (last?.text !== text) last = { text, tree: loadJsonc().parseTree(text) };
  return last.tree;
}

/** Line and column of what the pointer names, or of the nearest thing around it that the text holds. */
export function locateIn(text: string, pointer: string): Position | undefined {
  let node = treeOf(text);
  if (node === undefined) return undefined;
  for (const segment of pointerSegments(pointer)) {
    const child = childAt(node, segment);
    if (child === undefined) break;
    node = child;
  }
  return positionAt(text, node.offset);
}

/** Line and column of the key that the pointer names, rather than of its value. */
export function locateKeyIn(text: string, pointer: string): Position | undefined {
  const segments = pointerSegments(pointer);
  const key = segments.at(-1);
  const tree = treeOf(text);
  const parent = tree === undefined ? undefined : loadJsonc().findNodeAtLocation(tree, [...segments.slice(0, -1)]);
  const property = parent?.children?.find((child) => child.children?.[0]?.value === key);
  return property === undefined ? locateIn(text, pointer) : positionAt(text, property.offset);
}

function describeParseError(text: string, error: ParseError): { readonly problem: string; readonly remedy: string } {
  const next = text.slice(error.offset).trimStart().charAt(0);
  switch (loadJsonc().printParseErrorCode(error.error)) {
    case 'InvalidCommentToken':
      return { problem: 'Comments are not part of JSON.', remedy: 'remove the comment' };
    case 'PropertyNameExpected':
    case 'ValueExpected':
      return next === '}' || next === ']'
        ? { problem: `There is a comma before "${next}".`, remedy: 'remove the trailing comma' }
        : { problem: 'A key or a value is expected here.', remedy: 'write a key or a value in double quotes here' };
    case 'CommaExpected':
      return { problem: 'A comma is missing here.', remedy: 'add a comma here' };
    case 'ColonExpected':
      return { problem: 'A colon is expected here.', remedy: 'add a colon between the key and its value' };
    case 'CloseBraceExpected':
    case 'CloseBracketExpected':
      return { problem: 'The text ends before all brackets are closed.', remedy: 'close the brackets' };
    default:
      return { problem: 'This is not JSON.', remedy: 'write valid JSON here' };
  }
}

/** Where the edit belongs: a missing comma after what stands before it, which is often a line above; else the error itself. */
function placeOf(text: string, { error, offset }: ParseError): Position {
  const isComma = loadJsonc().printParseErrorCode(error) === 'CommaExpected';
  return positionAt(text, isComma ? text.slice(0, offset).trimEnd().length : offset);
}

/** Why a text that JSON.parse refused is not JSON: the first place that is wrong. */
export function syntaxProblem(text: string, path: string): DocumentProblem {
  const base = { code: 'document-not-json', path, pointer: '', allowed: 'JSON' } as const;
  if (text.trim() === '') {
    const remedy = `write {} and the keys you need, or restore the file: git checkout HEAD -- ${path}`;
    return { ...base, problem: 'The file is empty.', found: 'an empty file', remedy, line: 1, column: 1 };
  }
  const errors: ParseError[] = [];
  loadJsonc().parse(text, errors, { allowTrailingComma: false, disallowComments: true });
  const first = errors[0];
  if (first === undefined) {
    return { ...base, problem: 'JSON.parse refuses this text.', found: shown(text.slice(0, 20)), remedy: 'rewrite it' };
  }
  const found = first.offset >= text.length ? 'the end of the file' : shown(text.slice(first.offset).split('\n')[0]);
  return placed({ ...base, ...describeParseError(text, first), found }, placeOf(text, first));
}

/** Why a text is no JSON object, as npm reads it (a byte order mark is left out); undefined when it is one. */
export function objectProblem(text: string, path: string): DocumentProblem | undefined {
  const content = text.replace(/^\uFEFF/, '');
  try {
    const value: unknown = JSON.parse(content);
    if (isJsonObject(value)) return undefined;
    const problem = 'The file holds no object.';
    const base = { code: 'document-wrong-type', path, pointer: '', line: 1, column: 1 } as const;
    return { ...base, problem, found: shown(value), allowed: 'an object', remedy: 'put what it says into { and }' };
  } catch (error) {
    if (error instanceof SyntaxError) return syntaxProblem(content, path);
    throw error;
  }
}

function propertiesOf(node: Node): readonly { readonly name: string; readonly key: Node; readonly value: Node }[] {
  if (node.type === 'array') {
    return (node.children ?? []).map((value, index) => ({ name: String(index), key: value, value }));
  }
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined || value === undefined ? [] : [{ name: String(key.value), key, value }];
  });
}

/** The keys that stand more than once in one object: JSON.parse would silently keep the last. */
export function duplicateKeys(text: string, path: string): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const visit = (node: Node, pointer: string): void => {
    const seen = new Set<string>();
    for (const { name, key, value } of propertiesOf(node)) {
      const here = pointerTo(pointer, name);
      if (seen.has(name)) problems.push(duplicate(path, here, name, positionAt(text, key.offset)));
      seen.add(name);
      visit(value, here);
    }
  };
  const tree = treeOf(text);
  if (tree !== undefined) visit(tree, '');
  return problems;
}

function duplicate(path: string, pointer: string, name: string, position: Position): DocumentProblem {
  return {
    code: 'document-duplicate-key',
    path,
    pointer,
    ...position,
    problem: `The key "${name}" stands here a second time, and only the last one would count.`,
    found: `a second key ${shown(name)}`,
    allowed: 'each key once',
    remedy: `remove one of the two keys "${name}"`,
  };
}
