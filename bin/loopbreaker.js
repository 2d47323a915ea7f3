#!/usr/bin/env node
// The bin: lets Node read TypeScript, then runs scripts/cli.ts, which is what is tracked and what runs everywhere else.
import { register } from 'tsx/esm/api';

register();
await import('../scripts/cli.ts');
