/** What makes a finding the same finding in the next run: not its line, its tree, nor what else was found. */
import { acceptedWords, type Finding, subjectOf } from './doctor.ts';
import { sha256Hex } from './evidence.ts';
import { signatureOf } from './signature.ts';

/** One tree's name is folded, so that the same gap found in the index and in the commit is one finding. */
const treeWords = /\b(the work tree|the index|this commit)\b/g;

function ownWords({ problem, accepted }: Finding): string {
  const words = accepted === undefined ? '' : acceptedWords(accepted);
  const own = words !== '' && problem.startsWith(words) ? problem.slice(words.length) : problem;
  return own.replace(treeWords, '<tree>');
}

/** One fingerprint (32 hexadecimal digits) for each finding, in order; no two of one list are equal. */
export function fingerprintsOf(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { code } = finding;
    const key = [code, subjectOf(finding) ?? '', signatureOf('doctor', code, ownWords(finding))].join('\0');
    const repeat = seen.get(key) ?? 0;
    seen.set(key, repeat + 1);
    return sha256Hex(`${key}\0${repeat}`).slice(0, 32);
  });
}
