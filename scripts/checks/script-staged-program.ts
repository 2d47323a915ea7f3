/** The tasks of a lint-staged configuration that is a program, as far as they are written out in it. */
import type { Expression, ObjectPropertyKind, Program } from 'oxc-parser';

export interface StagedProgram {
  readonly tasks: readonly string[];
  /** Whether all of its tasks are written out; the others only running it would tell. */
  readonly complete: boolean;
}

const unknown: StagedProgram = { tasks: [], complete: false };

function joined(parts: readonly StagedProgram[]): StagedProgram {
  return { tasks: parts.flatMap((part) => part.tasks), complete: parts.every((part) => part.complete) };
}

/** What an expression says about itself alone: a line, a list of lines, a function that only returns them. */
function tasksOf(value: Expression): StagedProgram {
  switch (value.type) {
    case 'Literal':
      return typeof value.value === 'string' ? { tasks: [value.value], complete: true } : unknown;
    case 'TemplateLiteral': {
      const text = value.expressions.length === 0 ? value.quasis[0]?.value.cooked : undefined;
      return typeof text === 'string' ? { tasks: [text], complete: true } : unknown;
    }
    case 'ArrayExpression':
      return joined(
        value.elements.map((one) => (one === null || one.type === 'SpreadElement' ? unknown : tasksOf(one))),
      );
    case 'ArrowFunctionExpression':
      return value.body.type === 'BlockStatement' ? unknown : tasksOf(value.body);
  }
  return unknown;
}

function propertyTasks(property: ObjectPropertyKind): StagedProgram {
  return property.type === 'Property' && property.kind === 'init' ? tasksOf(property.value) : unknown;
}

/** The configuration that an expression is: an object, a name of one, or either with a type. */
function configTasks(value: Expression, program: Program): StagedProgram {
  switch (value.type) {
    case 'ObjectExpression':
      return joined(value.properties.map(propertyTasks));
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return configTasks(value.expression, program);
    case 'Identifier': {
      const declared = program.body.flatMap((one) =>
        one.type === 'VariableDeclaration' && one.kind === 'const' ? one.declarations : [],
      );
      const own = declared.find((one) => one.id.type === 'Identifier' && one.id.name === value.name)?.init;
      return own?.type === 'ObjectExpression' ? configTasks(own, program) : unknown;
    }
  }
  return unknown;
}

/** `export default x`, or `module.exports = x`. */
function exportedBy(program: Program): Expression | undefined {
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      const isExpression =
        declaration.type !== 'FunctionDeclaration' &&
        declaration.type !== 'TSDeclareFunction' &&
        declaration.type !== 'ClassDeclaration' &&
        declaration.type !== 'TSInterfaceDeclaration';
      return isExpression && declaration.type !== 'TSEmptyBodyFunctionExpression' ? declaration : undefined;
    }
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression') continue;
    const { left, right } = statement.expression;
    const isExports =
      left.type === 'MemberExpression' &&
      left.object.type === 'Identifier' &&
      left.object.name === 'module' &&
      left.property.type === 'Identifier' &&
      left.property.name === 'exports';
    if (isExports) return right;
  }
  return undefined;
}

/** Reads the text of a configuration without running it. */
export async function stagedProgram(file: string, text: string): Promise<StagedProgram> {
  const { parseSync } = await import('oxc-parser');
  const { program, errors } = parseSync(file, text);
  const exported = errors.length > 0 ? undefined : exportedBy(program);
  return exported === undefined ? unknown : configTasks(exported, program);
}
