/** Turns what ajv says about a document into problems that a person can act on. */
import type { ErrorObject } from 'ajv';
import { type DocumentProblem, nearestWord, pointerTo, shown } from './documents.ts';

type Unplaced = Omit<DocumentProblem, 'path'>;

function textParameter(error: ErrorObject, name: string): string {
  const value: unknown = error.params[name];
  return value === undefined ? '' : Array.isArray(value) ? value.join(' or ') : String(value);
}

function knownKeys(error: ErrorObject): readonly string[] {
  const properties: unknown = error.parentSchema?.properties;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function unknownKey(error: ErrorObject): Unplaced {
  const key = textParameter(error, 'additionalProperty') || textParameter(error, 'propertyName');
  const known = knownKeys(error);
  const guess = nearestWord(key, known);
  return {
    code: 'document-unknown-key',
    pointer: pointerTo(error.instancePath, key),
    problem: `The key "${key}" is not known here, so it would have no effect.`,
    found: `key ${shown(key)}`,
    allowed: known.filter((name) => name !== '$schema').join(', '),
    ...(guess === undefined ? {} : { didYouMean: guess }),
    remedy: guess === undefined ? `remove the key "${key}"` : `rename the key "${key}" to "${guess}"`,
  };
}

function missingKey(error: ErrorObject): Unplaced {
  const key = textParameter(error, 'missingProperty');
  return {
    code: 'document-missing-key',
    pointer: error.instancePath,
    problem: `The key "${key}" is missing and has no default.`,
    found: `no key ${shown(key)}`,
    allowed: `an object with the key "${key}"`,
    remedy: `add the key "${key}"`,
  };
}

function wrongType(error: ErrorObject): Unplaced {
  const type = textParameter(error, 'type');
  return {
    code: 'document-wrong-type',
    pointer: error.instancePath,
    problem: `The value is of the wrong type: it must be ${type}.`,
    found: shown(error.data),
    allowed: type,
    remedy: `write a value of type ${type}`,
  };
}

function notAllowed(error: ErrorObject, allowed: string, guess?: string): Unplaced {
  return {
    code: 'document-value-not-allowed',
    pointer: error.instancePath,
    problem: `The value is not allowed here: ${allowed}.`,
    found: shown(error.data),
    allowed,
    ...(guess === undefined ? {} : { didYouMean: guess }),
    remedy: guess === undefined ? `write a value that is allowed: ${allowed}` : `write "${guess}"`,
  };
}

function notListed(error: ErrorObject): Unplaced {
  const values: unknown = error.keyword === 'const' ? [error.params.allowedValue] : error.params.allowedValues;
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  const words = list.filter((value) => typeof value === 'string');
  const guess = typeof error.data === 'string' ? nearestWord(error.data, words) : undefined;
  return notAllowed(error, list.map((value) => shown(value)).join(', '), guess);
}

function limits(error: ErrorObject): string {
  const limit = textParameter(error, 'limit');
  switch (error.keyword) {
    case 'minimum':
    case 'exclusiveMinimum':
    case 'maximum':
    case 'exclusiveMaximum':
      return `a number ${textParameter(error, 'comparison')} ${limit}`;
    case 'minLength':
      return limit === '1' ? 'text that is not empty' : `text of at least ${limit} characters`;
    case 'maxLength':
      return `text of at most ${limit} characters`;
    case 'minItems':
      return limit === '1' ? 'a list that is not empty' : `a list of at least ${limit} items`;
    case 'maxItems':
      return `a list of at most ${limit} items`;
    case 'pattern':
      return `text that matches ${textParameter(error, 'pattern')}`;
    default:
      return error.message ?? error.keyword;
  }
}

/** The problem behind one error of ajv (made with `verbose`), without its path and place. */
export function problemOf(error: ErrorObject): Unplaced {
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownKey(error);
    case 'required':
      return missingKey(error);
    case 'type':
      return wrongType(error);
    case 'enum':
    case 'const':
      return notListed(error);
    default:
      return notAllowed(error, limits(error));
  }
}
