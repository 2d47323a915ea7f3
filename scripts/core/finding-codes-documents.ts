/** Codes of findings about the manifest and the policies. */
import type { FindingCodeEntry } from './finding-code.ts';

const documents = ['manifest', 'policies'] as const;

/** The table; its keys are codes. */
export const documentCodes = {
  'document-not-json': {
    checks: [...documents, 'script-targets'],
    title: 'a file is not JSON',
    why: 'A contract, policy or package that cannot be read decides nothing, so everything that depends on it stops.',
    remedy: 'mend the file at the line and column that the finding names',
  },
  'document-unknown-key': {
    checks: documents,
    title: 'a key that nobody reads',
    why: 'A misspelt key would silently leave its setting at the default.',
    remedy: 'rename the key to one that is allowed, or remove it',
  },
  'document-wrong-type': {
    checks: [...documents, 'script-targets'],
    title: 'a value of the wrong type',
    why: 'Nobody can tell what was meant, so what reads the file does not start.',
    remedy: 'write a value of the type that the finding names',
  },
  'document-missing-key': {
    checks: documents,
    title: 'a key that has no default is missing',
    why: 'It has no default, because only you can know it; what reads the file does not start without it.',
    remedy: 'add the key',
  },
  'document-value-not-allowed': {
    checks: documents,
    title: 'a value that is out of bounds',
    why: 'Out of its bounds some loop, wait or file would have no limit, so what reads the file does not start.',
    remedy: 'write one of the values that the finding names',
  },
  'document-duplicate-key': {
    checks: documents,
    title: 'a key stands twice in one object',
    why: 'JSON keeps the last one silently; the other looks as if it had an effect.',
    remedy: 'remove one of the two',
  },
  'document-missing': {
    checks: documents,
    title: 'a document is not in this tree',
    why: 'Nothing that it would ask for is checked, and loop and auto-promote do not start without it.',
    remedy: 'npx loopbreaker init writes it where there never was one; else restore it, and commit it',
  },
  'document-unreadable': {
    checks: documents,
    title: 'something else than a readable file is in the place of a document',
    why: 'Taken for empty, it would switch off every rule that it holds; so loop and auto-promote do not start.',
    remedy: 'put the file back: git checkout HEAD -- <file>',
  },
  'schema-unusable': {
    checks: documents,
    title: 'a JSON schema cannot be used',
    why: 'The file that it describes is not checked: a misspelt key in it would do nothing, and nobody would notice.',
    remedy: 'mend the schema, or leave it out of the manifest',
  },
  'policy-cannot-work': {
    checks: ['policies'],
    title: 'a valid policy that can never do its work',
    why: 'Its limit could never be reached, and a failing night would go on till morning; so nothing starts under it.',
    remedy: 'change the value as the finding says',
  },
  'agent-missing': {
    checks: ['policies'],
    title: 'the agent of the loop is not on this machine',
    why: 'The loop would stop at its first run, when you have gone; a clone in which it never runs is fine without.',
    remedy: 'install the agent, or correct "agent.command" in policy/loop.json',
  },
  'gate-installs-other': {
    checks: ['policies'],
    title: 'the gate installs with another package manager than the one whose lockfile git holds',
    why: 'Until one follows the other each branch is blocked, or judged with other packages than the team has.',
    remedy:
      'a branch puts the lockfile back; where the target has changed its manager, a person writes its install in "prepare" of policy/promote.json there',
  },
  'policy-schema-missing': {
    checks: ['policies'],
    title: 'a policy that is neither ours nor has a schema',
    why: 'A misspelt key in it would leave its setting at the default, and nobody would notice.',
    remedy: 'name its schema in runtime-manifest.json: "policies": [{ "path": …, "schema": … }]',
  },
  'manifest-path-unusable': {
    checks: ['manifest'],
    title: 'a path in the manifest that cannot name a file of this repository',
    why: 'git holds no file by that name, so the file that was meant can vanish without anybody noticing.',
    remedy: 'write the path relative to the root, with / between folders and without ./ or ../',
  },
  'manifest-leaves-out': {
    checks: ['manifest'],
    title: 'the manifest does not name a file that it must',
    why: 'What the manifest leaves out can vanish without anybody noticing: that is how the night was lost.',
    remedy: 'add the path to runtime-manifest.json',
  },
  'runtime-directory-missing': {
    checks: ['manifest'],
    title: 'a runtime directory holds no file of this tree',
    why: 'A misspelt directory means that untracked files in the real one are not looked for.',
    remedy: 'correct "runtimeDirectories" in runtime-manifest.json',
  },
  'suppression-unknown-code': {
    checks: ['manifest'],
    title: 'a suppression of a code that does not exist',
    why: 'It suppresses nothing, and hides that somebody meant it to.',
    remedy: 'correct the code: npx loopbreaker explain <code>',
  },
  'suppression-expired': {
    checks: ['manifest'],
    title: 'a suppression whose last day is over',
    why: 'It accepts nothing any more: the finding counts again, or was mended and the entry misleads whoever reads it.',
    remedy: 'mend what it suppressed, or give it a new reason and a new date',
  },
  'suppression-unused': {
    checks: ['manifest'],
    title: 'a suppression that suppresses nothing',
    why: 'The next real finding of that code and path would be accepted unseen.',
    remedy: 'remove it from runtime-manifest.json',
  },
  'manifest-removed': {
    checks: ['manifest'],
    title: 'a commit removes the contract from a repository that had one',
    why: 'Without runtime-manifest.json nothing of it would be checked any more.',
    remedy: 'git checkout <commit before> -- runtime-manifest.json, and commit it',
  },
} as const satisfies Record<string, FindingCodeEntry>;
