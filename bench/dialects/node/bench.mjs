// What one call pays for its breaker in Node's libraries. Usage: node bench.mjs CHOICE; prints
// lines "case threads ns", as bench_dialects does. See ../run. A call is awaited, as callers do.
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);

// Makes one call.
const subjects = {
  'opossum': () => {
    const Opossum = require('opossum');
    const breaker = new Opossum(async (error) => {
      if (error) throw error;
    });
    return (error) => breaker.fire(error);
  },
  'cockatiel': async () => cockatiel(await import('cockatiel')),
  'cockatiel3': () => cockatiel(require('cockatiel3')),
};

function cockatiel({ConsecutiveBreaker, circuitBreaker, handleAll}) {
  const breaker = new ConsecutiveBreaker(5);
  const policy = circuitBreaker(handleAll, {halfOpenAfter: 10_000, breaker});
  return (error) =>
    policy.execute(() => {
      if (error) throw error;
    });
}

async function timeOf(n, call) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < n; ++i) {
    await call();
  }
  return Number(process.hrtime.bigint() - start);
}

async function measure(what, call) {
  const warm = Date.now() + 300;
  let n = 1;
  for (;;) {
    const long = Math.min(await timeOf(n, call), await timeOf(n, call)) >= 20e6;
    if (long && Date.now() >= warm) break;
    if (!long) n *= 2;
  }
  const all = [];
  while (all.length < 7) all.push((await timeOf(n, call)) / n);
  all.sort((one, other) => one - other);
  console.log(`${what} 1 ${all[3].toFixed(2)}`);
}

const makeSubject = subjects[process.argv[2]];
await measure('call', await makeSubject());

const call = await makeSubject();
const failure = new Error('failure');
while ((await call(failure).catch((error) => error)) === failure);
await measure('rejected', () => call().catch(() => {}));
process.exit(0);  // a library's timers may still be running
