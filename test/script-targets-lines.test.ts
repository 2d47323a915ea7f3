import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isHandWritten, isInOutputFolder } from '../scripts/core/script-built.ts';
import { isAmong } from '../scripts/core/script-executables.ts';
import { readScriptLine } from '../scripts/core/script-lines.ts';
import { checkRows as check, runsOf } from './helpers/script-rows.ts';

check('a runner takes its file after its options', [
  ['tsx src/cli/run.ts', 'src/cli/run.ts'],
  ['rm -rf out && node ./scripts/bundle.js a b && node ./scripts/bundle.js d', 'scripts/bundle.js'],
  ['node bin/fix.js mocha test/unit/**/*.js --timeout 30000', 'bin/fix.js'],
  ['node test/wpt.mjs run /fetch /mimesniff', 'test/wpt.mjs'],
  ['node --max-old-space-size=4096 --stack-trace-limit 50 tools/a.js', 'tools/a.js'],
  ['node --env-file=.env --watch-path ./src server.js', 'server.js'],
  ['node -- a.js', 'a.js'],
  ['node inspect a.js', 'a.js'],
  ['tsx watch --clear-screen=false src/server.ts', 'src/server.ts'],
  ['tsx --env-file=.sandbox/.env .sandbox/test.ts', '.sandbox/test.ts'],
  ['ts-node -P tsconfig.tools.json -O \'{"module":"commonjs"}\' tools/a.ts', 'tsconfig.tools.json tools/a.ts'],
  ['python3 tools/gen.py --all', 'tools/gen.py'],
  ['deno run -A --config deno.json main.ts', 'deno.json main.ts'],
  ['deno task build && deno fmt src', ''],
  ['bash -euo pipefail scripts/a.sh', 'scripts/a.sh'],
  ['node "scripts/a b.js"', 'scripts/a b.js'],
  ["node 'scripts/ä\\$.js'", 'scripts/ä\\$.js'],
  ['node /opt/tool/x.js && node https://x.test/y.js', ''],
  ['node', ''],
]);

check('what is loaded first is run too', [
  ['node -r esbuild-register tools/check.ts', 'tools/check.ts'],
  ['node --import ./tools/register.mjs --enable-source-maps src/a.ts', 'tools/register.mjs src/a.ts'],
  ['node --import=./tools/register.mjs src/a.ts', 'tools/register.mjs src/a.ts'],
  ['NODE_OPTIONS="--loader ./loader.mjs" jest', 'loader.mjs'],
  ["cross-env NODE_OPTIONS='-r ./setup.cjs' node a.js", 'setup.cjs a.js'],
  ['cross-env NODE_OPTIONS=--max-old-space-size=4096 node tools/links.js', 'tools/links.js'],
]);

check('a program given inline is not read', [
  ['node --input-type=module -e "import {b} from \'./build/t.js\'; b()"', ''],
  ['node -p "require(\'./x\').y" a.js', ''],
  ['node -r ./pre.js -e "1"', 'pre.js'],
  ['python3 -m http.server && python -c "1"', ''],
  ['cat a.js | node - b', ''],
]);

check('wrappers are looked through', [
  ['npx -y tsx@latest scripts/a.ts', 'scripts/a.ts'],
  ['npx --package=tsx -- tsx scripts/a.ts', 'scripts/a.ts'],
  ['env -u A B=1 node a.js', 'a.js'],
  ['dotenv -e .env.local -- node a.js', 'a.js'],
  ['env-cmd -f .env tsx a.ts', 'a.ts'],
  ['c8 --reporter lcov node a.js', 'a.js'],
  ['doppler run -- tsx a.ts', 'a.ts'],
  ['timeout -k 5 30 node a.js', 'a.js'],
  ['pnpm exec tsx a.ts && yarn tsx b.ts && bunx tsx c.ts && pnpm node d.js', 'a.ts b.ts c.ts d.js'],
  ['yarn run tsx a.ts', 'a.ts'],
  ['./node_modules/.bin/ts-node a.ts', 'a.ts'],
  ['node --inspect ./node_modules/.bin/ts-node a.ts', 'a.ts'],
  ['/usr/bin/env node a.js', 'a.js'],
  ['nodemon --watch src --exec "ts-node -T" src/a.ts', 'src/a.ts'],
  ["nodemon -x 'tsc && node a.js'", 'a.js'],
  ['nodemon -w src a.js', 'a.js'],
  ['nodemon -r dotenv/config src/app.js', 'src/app.js'],
  ['nodemon -C --loader ts-node/esm --env-file .env --require ./pre.cjs src/app.ts', 'pre.cjs src/app.ts'],
  ['nodemon --experimental-loader ./l.mjs --exec "node --inspect" a.js', 'l.mjs a.js'],
  ['TOKEN=$CI_TOKEN npx wrangler upload --tag v-$(node ./scripts/version.ts)', 'scripts/version.ts'],
]);

check('lines within a line are read', [
  [
    'concurrently -n a,b "node scripts/build.mjs --watch" "node scripts/types.mjs tsconfig.json"',
    'scripts/build.mjs scripts/types.mjs',
  ],
  ['concurrently "npm:watch" "npm:serve:*" \'bun run dev:x\'', '#watch #dev:x'],
  ['sh -c "cd sub && node a.js"', 'sub/a.js'],
  ['cross-env-shell A=1 "node scripts/x.js && npm run y"', 'scripts/x.js #y'],
  ["cross-env-shell 'node ./a.js --x'", 'a.js'],
  ['cross-env-shell "cd x && ./b.sh $A" && cross-env-shell A=1 tsx ./c.ts', 'x/b.sh* c.ts'],
  ["cross-env-shell NODE_OPTIONS='-r ./p.cjs' 'node a.js'", 'p.cjs a.js'],
  ['tsc-watch --onSuccess "node ./dist/a.js"', 'dist/a.js'],
  ['start-server-and-test "node srv.js" http://localhost:3000 "node e2e.js"', 'srv.js e2e.js'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
  ['git diff --name-only ${BASE:-main} HEAD | node scripts/scope.mjs', 'scripts/scope.mjs'],
  ['(cd a && node b.js); node c.js & node d.js', 'a/b.js c.js d.js'],
  ['if [ "$CI" ]; then node a.js; else node b.js; fi', 'a.js b.js'],
]);

check('what runs elsewhere, or is only said, is not ours', [
  ['tsx ./node_modules/rollup/dist/bin/rollup -c rollup.config.ts', ''],
  ['git config set hook.x.command "node node_modules/l/bin/l.js"', ''],
  ['docker run --rm image node a.js && ssh host node b.js', ''],
  ['echo "run node a.js first"', ''],
  ['eslint src/a.ts && vitest run test/a.ts && jest test/b.ts && playwright test c.spec.ts', ''],
  ['// node a.js is for later', ''],
  ['=== node a.js ===', ''],
]);

check('a change of directory is followed', [
  ['cd test/smoke && node --loader ts-node/esm ts.test.ts', 'test/smoke/ts.test.ts'],
  ['cd a && cd ../b && node c.js', 'b/c.js'],
  ['cd "$DIR" && node a.js', '', 1],
  ['cd - && node a.js', '', 1],
  ['cd "$(git rev-parse --show-toplevel)" && node a.js', 'a.js'],
  ['node $PWD/a.js && node "$(pwd)/b.js"', 'a.js b.js'],
  ['npm --prefix sub run x', '#x'],
]);

check('what the line itself makes or tests for is not asked for', [
  ['cd test && mkdir -p temp && echo x > temp/t.js; node ./temp/t.js', '', 1],
  ['cp a.tpl a.js && node a.js', '', 1],
  ['[ -f a.js ] && node a.js', ''],
  ['test -e a.js && node a.js', ''],
  ['if [[ -f a.js ]]; then node a.js; fi', ''],
]);

check('patterns and what is known only at run time are told apart from files', [
  ['node --test test/*.test.js', 'test/*.test.js?'],
  ['node --test "test/**/*.ts"', 'test/**/*.ts?'],
  ['node --test a.test.js --test-reporter=tap b.test.js', 'a.test.js b.test.js'],
  ["tsx --test $(find src -name '*.test.ts')", '', 1],
  ['node $npm_package_config_tool', '', 1],
  ['for f in x/*.js; do node "$f"; done', '', 1],
  ['node ~/a.js && node %APPDATA%/x.js', '', 2],
]);

check('names of scripts are told apart from files', [
  ['rimraf dist && tsc && npm run test:unit && npm run -s test:md -- --x', '#test:unit #test:md'],
  ['bun run scripts/a.ts && bun run smoke:x && pnpm --filter web build', 'scripts/a.ts #smoke:x'],
  ['bun run copy:package.cjs.json', '#copy:package.cjs.json'],
  ['bun run build && bun test x && bun install', ''],
  ['npm run a -w b; npm run c --workspaces; npm run d --if-present; pnpm -r run e', ''],
  ['yarn workspace x run y && yarn add a/b && yarn lint', ''],
  ['yarn build react/index,react/jsx && pnpm build/web && yarn run docs/dev', ''],
  ['run-s clean build:* "lint -- --fix" && npm-run-all -p a b -- c', '#clean #lint #a #b'],
  ['node --run build && npm test && npm start', '#build #test'],
]);

check('a program with a slash is executed itself', [
  ['bash ./scripts/agent.sh ; ./test/gen-index.sh && npm run x', 'scripts/agent.sh test/gen-index.sh* #x'],
  ['scripts/run --fast && ./x.cmd', 'scripts/run* x.cmd'],
  ["cross-env A=1 'node ./a.js --x'", '', 1],
]);

test('cmd.exe and unfinished lines are said to be unreadable, and nothing is claimed about them', () => {
  for (const line of ['if exist dist (rmdir /s /q dist)', 'node "a.js', 'del /q x && node a.js']) {
    const reading = readScriptLine(line);
    assert.deepEqual([reading.foreign, reading.targets], [true, []], line);
  }
});

test('what builders write is seen in their options, and where they have none in what they usually write', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['esbuild a.ts --bundle --outfile=out/a.js', ['out/a.js']],
    ['rollup -i a.js -o lib/a.js', ['lib/a.js']],
    ['tsc -p x --outDir built', ['built']],
    ['tsup src/a.ts', ['dist']],
    ['npx shx mkdir -p tmp', ['tmp']],
    ['git clone https://x.test/y/z.git && curl -o a.sh https://x.test', ['z', 'a.sh']],
    ['curl -fsSLO https://x.test/v/b.sh?c && wget -q https://x.test/d.py', ['b.sh', 'd.py']],
    ['emcc a.c -o web/a.js && wget -qO e.sh https://x.test', ['web/a.js', 'e.sh']],
  ];
  for (const [line, paths] of rows)
    assert.deepEqual(
      readScriptLine(line).outputs.map((one) => one.path),
      paths,
      line,
    );
});

test('what is downloaded is made, whatever its ending', () => {
  for (const line of ['curl -sSLo a.sh https://x.test && sh a.sh', 'wget https://x.test/a.sh && sh a.sh'])
    assert.deepEqual([runsOf(line), readScriptLine(line).unknowable.length], ['', 1], line);
});

test('an archive that is taken apart may hold what runs next, and no other command may', () => {
  const rows = ['tar xzf a.tgz', 'tar -C b -xf a.tgz', 'unzip -q a.zip', 'npm pack', 'yarn pack'];
  for (const line of rows) assert.equal(readScriptLine(`${line} && node b/c.py`).unpacks, true, line);
  for (const line of ['tar czf a.tgz x', 'tar -cf a.tar x', 'npm publish'])
    assert.equal(readScriptLine(line).unpacks, false, line);
});

test('what a line makes executable is told, and by which pattern', () => {
  const rows: readonly (readonly [line: string, file: string, made: boolean])[] = [
    ['chmod +x ./scripts/b.sh && ./scripts/b.sh', 'scripts/b.sh', true],
    ['chmod 755 scripts/*.sh', 'scripts/b.sh', true],
    ['npx shx chmod u+x "bin/**"', 'bin/a/b', true],
    ['cd bin && chmod -R a+rx .', 'bin/a/b', true],
    ["find bin -name '*.sh' -exec chmod +x {} +", 'bin/b.sh', true],
    ['ls x | xargs chmod +x', 'x/b.sh', true],
    ['chmod +x "$FILE"', 'b.sh', true],
    ['chmod 755 scripts/*.sh', 'scripts/deep/b.sh', false],
    ['chmod 644 b.sh && chmod -x b.sh && chmod +w b.sh', 'b.sh', false],
    ['echo chmod +x b.sh', 'b.sh', false],
    ['chmod +x c.sh', 'b.sh', false],
    ['chmod +x {a,b}.sh', 'b.sh', true],
    ["chmod +x 'a[b'*", 'a[b.sh', true],
  ];
  for (const [line, file, made] of rows)
    assert.equal(
      readScriptLine(line).executables.some((one) => isAmong(file, one.path)),
      made,
      `${line}: ${file}`,
    );
});

test('names that generators give are told from those that people give', () => {
  const folders = ['__generated__', '_generated', '__gen__', 'generated-client', 'autogen', 'tmp-build'];
  for (const folder of folders) assert.equal(isInOutputFolder(`src/${folder}/a.ts`), true, folder);
  for (const file of ['src/a.gen.ts', 'src/a.generated.sh']) assert.equal(isHandWritten(file), false, file);
  for (const folder of ['generator', 'genes', 'general', 'tmpl'])
    assert.equal(isInOutputFolder(`${folder}/a.ts`), false);
});

test('any text is read without a throw, and what it names stays a relative path', () => {
  const part = fc.constantFrom(
    'node',
    'cd',
    '..',
    './a.js',
    '&&',
    '"',
    "'",
    '$(',
    ')',
    '`',
    '-r',
    '--',
    '{',
    '|',
    '>',
    'x',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, (line) => readScriptLine(line).targets.every(({ path }) => path !== '' && !path.startsWith('/'))),
    { numRuns: 500 },
  );
});
