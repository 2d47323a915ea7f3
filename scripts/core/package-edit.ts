/** Edits of package.json that keep its indent, its line ends and the order of its keys. Pure. */
import { applyEdits, modify } from 'jsonc-parser';
import { objectAt, parseObject, textEntries } from './json-value.ts';

function formatOf(text: string): { readonly tabSize: number; readonly insertSpaces: boolean; readonly eol: string } {
  const [, indent = '  '] = /^\{\r?\n([ \t]+)/.exec(text) ?? [];
  return {
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    insertSpaces: !indent.startsWith('\t'),
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** The text with a value put at a path of keys; undefined takes the key away. */
export function withValue(text: string, path: readonly string[], value: string | undefined): string {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const plain = text.slice(mark.length);
  const edits = modify(plain, [...path], value, { formattingOptions: formatOf(plain) });
  return mark + applyEdits(plain, edits);
}

/** The scripts of a package.json by their names. */
export function scriptsOf(text: string | undefined): ReadonlyMap<string, string> {
  return new Map(textEntries(objectAt(parseObject(text ?? '') ?? {}, 'scripts')));
}
