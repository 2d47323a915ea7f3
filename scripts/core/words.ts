/** The words that output uses, for `explain`: what a failure class allows, and the names of states and things. */
import type { FailureClass } from './failure.ts';

/** A class: what it is, what loopbreaker therefore does, and what a person can do. */
export interface ClassWord {
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
}

/** Every failure class. */
export const classWords: Readonly<Record<FailureClass, ClassWord>> = {
  transient: {
    title: 'a failure that passes by itself, such as a network that is down',
    why: 'It is tried again after a pause; too many in a row open the circuit for a while, longer each time.',
    remedy: 'nothing to do: npm run status says when it is tried again',
  },
  'config-fatal': {
    title: 'a failure that time cannot heal, such as a missing file or a wrong password',
    why: 'It would fail the same way all night, so it is tried once; then nothing runs until its cause is mended.',
    remedy: 'mend what npm run status names; where that is not noticed by itself: npm run clear -- promote --why "…"',
  },
  'policy-terminal': {
    title: 'a failure of this one branch, such as a red QA gate',
    why: 'The branch does not land, and is not tried again, until it or the policy changes; others are free to go.',
    remedy: 'change the branch (an empty commit is no change), or: npm run clear -- <branch> --why "…"',
  },
  'rate-limited': {
    title: 'a limit with a stated end, such as a used-up quota',
    why: 'Until it ends every attempt would be refused, so the loop waits for that and counts no failure.',
    remedy: 'nothing to do: npm run status says until when',
  },
  interrupted: {
    title: 'a run that was ended from outside, such as by Ctrl-C',
    why: 'It says nothing about the work: no failure is counted, and the next run goes on where it ended.',
    remedy: 'run it again when you like',
  },
  unknown: {
    title: 'a failure that nothing tells the cause of',
    why: 'Whether time heals it is not known: it is tried again like a transient one, within the same limits.',
    remedy: 'read the output; if you know what it means, add a rule to policy/failure-classes.json',
  },
};

/** What a thing is, and why there is such a thing. */
export const thingWords: Readonly<Record<string, readonly [title: string, why: string]>> = {
  trigger: [
    'one completion claim: a branch, and the commit that its head was at',
    'Exactly that commit is promoted, never a later one, and it is remembered until it has landed or was refused.',
  ],
  pending: [
    'the state of a trigger that is to be promoted',
    'The next run of the loop takes it up before the agent runs.',
  ],
  quarantined: [
    'the state of a trigger that waits until promotion may be tried again',
    'It is not lost and not tried in vain: it goes first when the promote circuit lets an attempt through.',
  ],
  blocked: [
    'the state of a branch that policy has refused: red QA, a conflict, protected paths, a refused push',
    'The same tree would be refused again; a new tree, a changed policy or npm run clear re-arms it.',
  ],
  promoted: [
    'the state of a trigger whose commit is on the target',
    'It is never promoted twice, whatever dies meanwhile.',
  ],
  circuit: [
    'one breaker; there are two: agent (may the agent run?) and promote (may auto-promote run?)',
    'What fails again and again is stopped before it costs a night.',
  ],
  closed: [
    'the state of a circuit through which everything goes',
    'All is well, or failures are too few to stop anything.',
  ],
  open: [
    'the state of a circuit through which nothing goes until a stated time or change',
    'More of the same attempts would only cost; npm run status says what frees it, and when.',
  ],
  'half-open': [
    'the state of a circuit that lets one attempt through, the probe',
    'One attempt finds out whether it works again; all of them at once would be the next storm.',
  ],
  held: [
    'the state of a circuit that only a person ends, with npm run clear',
    'A person stopped it, or so many probes failed that time alone does not help.',
  ],
  quarantine: [
    'the time for which a circuit is open',
    'It grows with each failed probe, so that a slow storm dies out too.',
  ],
  probe: [
    'the one attempt that a half-open circuit lets through',
    'Its end decides: closed again, or open for longer.',
  ],
  signature: [
    'what a failure looks like, with times, paths, numbers and the like taken out',
    'The same failure is recognised, so that three times the same opens a circuit sooner than three different ones.',
  ],
  evidence: [
    'fingerprints of the inputs that a config-fatal failure depended on',
    'When one of them changes, the cure may have come: the circuit lets a probe through by itself.',
  ],
  verdict: [
    'what is known for good about a trigger: blocked and why, or promoted',
    'It outlives the process that found it, so that nothing is judged or promoted twice.',
  ],
  candidate: ['the very commit that is tested and pushed', 'Only what passed lands: another commit would be untested.'],
  target: [
    'the branch of the remote that work is promoted to',
    'What auto-promote obeys is read from there, so that a branch cannot loosen the gate that judges it.',
  ],
  manifest: [
    'runtime-manifest.json, the contract: entry points, policies, files and hooks that must be there and tracked',
    'What it names cannot vanish without the doctor noticing.',
  ],
  'entry-point': [
    'a program that the manifest names, with the runner that starts it',
    'If it or anything that it imports is missing, nothing that it does happens, and it cannot even say so.',
  ],
};
