import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAmong } from '../scripts/core/script-executables.ts';
import { readScriptLine } from '../scripts/core/script-lines.ts';
import { makeProject } from './helpers/project.ts';
import { findings, scripts, verdicts } from './helpers/script-findings.ts';
import { checkRows } from './helpers/script-rows.ts';

checkRows('a program other than node takes its file', [
  ['electron .', '.'],
  ['supervisor -w lib -- app.js && forever start -c "node -r x" b.js', 'app.js b.js'],
  ['hardhat run --no-compile scripts/c.ts', 'scripts/c.ts'],
  ['node --test a.test.js --test-reporter spec test/', 'a.test.js test/'],
  ['electron --inspect=5858 main.js && electron -r ts-node/register ./src/main', 'main.js src/main'],
  ['source ./env.sh && . scripts/common.sh && . ~/.profile && . ./.env && source nvm.sh', 'env.sh scripts/common.sh'],
  ['. "$(dirname -- "$0")/_/husky.sh"', ''],
  ['pm2 start ecosystem.config.js --env production && pm2 restart web && pm2 stop x.js', 'ecosystem.config.js'],
  ['pm2 start npm --name web -- run start && pm2 start --name api dist/api.js -i max', 'dist/api.js'],
  [
    'mocha -r ./test/setup.js --timeout 5000 test/a.js "test/**/*.spec.js" --exit test/b.js',
    'test/setup.js test/a.js test/b.js',
  ],
  ['mocha --unknown test/value.js test/b.js --config .mocharc.ci.json', '.mocharc.ci.json test/b.js'],
  [
    'mocha -R spec test/a.js && mocha --reporter=./test/report.js && mocha -R ./r.js test/b.js',
    'test/a.js test/report.js r.js test/b.js',
  ],
  [
    'make test && make -f tools/x.mk all && make -C sub -f y.mk && gulp build -f tools/gulp.js',
    'Makefile tools/x.mk tools/gulp.js',
  ],
  [
    'danger ci --dangerfile=./ci/danger.ts && solhint -c sol.cjs "x/*.sol" && grunt a',
    'ci/danger.ts sol.cjs Gruntfile.js',
  ],
  [
    'postcss --config build --dir dist "a/*.css" && postcss a.css --config b/postcss.config.mjs -o c.css',
    'b/postcss.config.mjs',
  ],
  ['ava test/a.js --verbose test/b.js -m "x.js"', 'test/a.js test/b.js'],
  ['nyc --reporter=lcov mocha test/a.js && c8 -r text tape -r dotenv/config test/b.js', 'test/a.js test/b.js'],
  [
    'hardhat run --network localhost scripts/deploy.ts && npx hardhat run scripts/b.js',
    'scripts/deploy.ts scripts/b.js',
  ],
  ['pwsh -NoProfile -File ./a.ps1 && powershell -ExecutionPolicy Bypass -file scripts\\b.ps1', 'a.ps1 scripts/b.ps1'],
  ['powershell -Command "./c.ps1"', ''],
  [
    'perl -Ilib tools/a.pl && perl -pi -e "s/a/b/" x.txt && ruby tools/b.rb && php -d a=1 tools/c.php',
    'tools/a.pl tools/b.rb tools/c.php',
  ],
  ['go run x.go y.go --flag && go run -tags dev ./cmd/tool && go run golang.org/x/y@latest', 'x.go y.go cmd/tool'],
  [
    '.venv/bin/python tools/a.py && python3.11 tools/b.py && env\\Scripts\\python.exe tools/c.py',
    'tools/a.py tools/b.py tools/c.py',
  ],
  ['uv run --with x tools/a.py && poetry run python tools/b.py && uv pip install x.py', 'tools/a.py tools/b.py'],
  [
    'deno main.ts && deno test -A test/a_test.ts && deno task x && deno run --allow-read=. jsr:@x/y',
    'main.ts test/a_test.ts',
  ],
  ['deno lint x.ts && deno serve --port=1 s.ts', 's.ts'],
  ['bun src/main && bun --env-file .env run tools/a.ts && bun --watch run b.ts', 'src/main tools/a.ts b.ts'],
  ['bun -r ./pre.ts run tools/a.ts && bun test ./x', 'pre.ts tools/a.ts'],
  ['timeout 60 ./a.sh && timeout -k 5 30s node b.js', 'a.sh* b.js'],
  ['dotenv -e .env ./a.sh && dotenv -e f -- ./b.sh && env-cmd -f .env nodemon c.js', 'a.sh* b.sh* c.js'],
  ['nyc --require ./test/setup.js mocha test/a.js && c8 -r text ./b.js', 'test/a.js b.js*'],
  ['dotenv -e .env concurrently "node a.js" "npm:b"', 'a.js #b'],
  ['ts-node-dev --watch src --respawn --transpile-only src/a.ts', 'src/a.ts'],
  ['babel-node --config-file ./babel.x.js a.js && vite-node -c vite.x.ts b.ts', 'babel.x.js a.js vite.x.ts b.ts'],
  ['node --max_old_space_size 4096 a.js && node --stack_size 2000 b.js', 'a.js b.js'],
  ['node --experimental-config-file n.json --test-rerun-failures f.json a.js', 'n.json a.js'],
  [
    'node -r ./.pnp.cjs a.js && node .yarn/releases/yarn-4.0.0.cjs build:x',
    'a.js .yarn/releases/yarn-4.0.0.cjs #build:x',
  ],
]);

checkRows('what runs in the folder of every package is not known', [
  ['pnpm -r exec node a.js', '', 1],
  ['npm exec -ws -- node a.js && pnpm exec -r node b.js', '', 2],
  ['lerna exec -- node a.js && yarn workspaces foreach -A exec node b.js', '', 2],
]);

checkRows('files of settings are read', [
  ['tsc -p tsconfig.x.json && tsc --project=packages/a --noEmit', 'tsconfig.x.json packages/a'],
  [
    'tsc -b packages/a packages/b/tsconfig.json --clean && tsc a.ts --outDir b.ts',
    'packages/a packages/b/tsconfig.json a.ts',
  ],
  ['rollup -c && rollup -c --watch && rollup -c rollup.x.mjs && rollup --config', 'rollup.x.mjs'],
  ['jest --config ./jest.x.js a b.js && jest --config \'{"a":1,"b":2}\' && jest -c $X', 'jest.x.js'],
  ['vite build -c vite.x.ts && vite --root sub -c x.ts && vitest -c v.ts', 'vite.x.ts v.ts'],
  [
    'eslint -c .eslintrc.ci.json . && eslint -c @acme/eslint-config . && webpack --config a/webpack',
    '.eslintrc.ci.json a/webpack',
  ],
  [
    'docker compose -f a.yml -f b.yml up -d && docker compose logs -f web.x && docker-compose -p x -f c.yml up',
    'a.yml b.yml c.yml',
  ],
  [
    'docker build -f apps/web/Dockerfile . && typeorm -d ./src/migrations && stylelint --config a/b',
    'apps/web/Dockerfile',
  ],
  ['docker build -t x -f docker/Dockerfile.dev . && docker run -f x.js', 'docker/Dockerfile.dev'],
  ['cd sub && tsc -p tsconfig.json && karma start karma.conf.js --single-run', 'sub/tsconfig.json sub/karma.conf.js'],
  [
    'prisma generate --schema=./db/schema.prisma && graphql-codegen --config codegen.yml',
    'db/schema.prisma codegen.yml',
  ],
  ['esbuild src/main.ts --bundle --outfile=a.js && tsup src/a.ts --format esm', 'src/main.ts src/a.ts'],
]);

checkRows('what is written for Windows is read with slashes, and a cd before a single & is not followed', [
  ['node scripts\\build.js && node ".\\scripts\\b.js"', 'scripts/build.js scripts/b.js'],
  ['node_modules\\.bin\\tsx a.ts && node C:\\x\\y.js', 'a.ts', 1],
  ['cd sub & node a.js', '', 1],
  ['cd sub && npm start & node a.js', 'a.js'],
]);

test('what a line within the line downloads, tests for or makes executable is known', () => {
  const { targets, unknowable } = readScriptLine('concurrently "curl -so x.sh https://x.test && sh x.sh" "node y.js"');
  assert.deepEqual([targets.map(({ path }) => path), unknowable.length], [['y.js'], 1]);
  assert.deepEqual(readScriptLine('sh -c "[ -f a.js ] && node a.js"').targets, []);
  const { executables } = readScriptLine('concurrently "chmod +x b.sh && ./b.sh" x');
  assert.ok(executables.some((one) => isAmong('b.sh', one.path)));
});

test('a folder is there for what runs folders, and for node only with the file that stands for it', async (t) => {
  const commands = {
    a: 'node ./server',
    b: 'tsx app',
    c: 'mocha spec/lib.js && node --test spec',
    d: 'electron .',
    e: 'cd packages/one && node .',
    f: 'tsc -p packages/one && tsc -b packages/two',
    g: 'python tools/x.d',
    h: 'sh ./server/',
    i: 'tsx -r ./hook packages/two',
    j: 'cd packages/bun && tsx .',
  };
  const project = makeProject(t, {
    'package.json': scripts(commands, { main: 'desktop/main.js' }),
    'server/other.js': '',
    'desktop/other.js': '',
    'app/index.ts': '',
    'spec/lib.js': '',
    'hook/index.cjs': '',
    'packages/one/package.json': scripts({}, { main: './run' }),
    'packages/one/run.js': '',
    'packages/one/tsconfig.json': '{}',
    'packages/two/index.js': '',
    'packages/bun/package.json': scripts({}, { module: 'src/a.ts' }),
    'tools/x.d/__main__.py': '',
  });
  assert.deepEqual(await verdicts(project), [
    'error path-missing server/index.js',
    'error path-missing desktop/main.js',
    'error path-missing packages/two/tsconfig.json',
    'error path-missing server',
  ]);
});

test('a path written for Windows is an error only when git once held it', async (t) => {
  const commands = { a: 'node tools\\a.js', b: 'node tools\\b.js', c: 'tools\\c.bat', d: 'node tools\\d.js' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'tools/b.js': '', 'tools/d.js': '' });
  project.remove('tools/b.js');
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'error path-deleted-in-commit tools/b.js',
    'note script-target-unknowable package.json',
  ]);
});

test('make, gulp and grunt are told when there is no file for them to find, and only then', async (t) => {
  const commands = {
    a: 'make all',
    b: 'gulp build',
    c: 'cd docs && make html',
    d: 'make -C vendor x',
    e: 'make --version',
  };
  const missing = makeProject(t, { 'package.json': scripts(commands), 'docs/index.md': '' });
  assert.deepEqual(await verdicts(missing), [
    'error path-missing Makefile',
    'error path-missing gulpfile.js',
    'error path-missing docs/Makefile',
  ]);
  const [found] = await findings(missing);
  assert.match(found?.problem ?? '', /^Makefile does not exist.*the script "a" of package\.json reads it\.$/);
  const files = { GNUmakefile: '', 'gulpfile.js/index.js': '', 'docs/CMakeLists.txt': '' };
  assert.deepEqual(await verdicts(makeProject(t, { 'package.json': scripts(commands), ...files })), []);
  const inner = { 'web/package.json': scripts({ a: 'gulp', b: 'grunt x', c: 'gulp -f tools/g.js' }), 'tools/g.js': '' };
  const members = JSON.stringify({ type: 'module', workspaces: ['web'] });
  const above = { 'package.json': members, ...inner, 'gulpfile.mjs': '', 'Gruntfile.js': '', 'web/tools/g.js': '' };
  assert.deepEqual(await verdicts(makeProject(t, above)), []);
});
