// A service whose calls to its dependency go through opossum or cockatiel, for `tripcurve probe` and
// `run --through`. BREAKER says which. VOLUME_THRESHOLD is opossum's: where fewer calls come, it never
// opens. INERT=1 has the mistake that makes cockatiel do nothing: it handles errors of a type that
// its client does not throw.
//
//   npm install && BREAKER=cockatiel node service.js 8082 http://127.0.0.1:9002/
'use strict';
const http = require('node:http');

const port = Number(process.argv[2] ?? 8082);
const dependency = process.argv[3] ?? 'http://127.0.0.1:9002/';
const agent = new http.Agent({ keepAlive: true });

class BadAnswer extends Error {}

function call(headers) {
  return new Promise((resolve, reject) => {
    http.get(dependency, { agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode >= 500 ? reject(new BadAnswer(`${answer.statusCode}`)) : resolve());
    }).on('error', reject);
  });
}

// What calls the dependency with such header fields, through a breaker.
const guarded = {
  opossum() {
    const Breaker = require('opossum');
    const breaker = new Breaker(call, {
      timeout: false,
      errorThresholdPercentage: 50,
      volumeThreshold: Number(process.env.VOLUME_THRESHOLD ?? 8),
      rollingCountTimeout: 5000,
      resetTimeout: 2000,
    });
    return (headers) => breaker.fire(headers);
  },
  cockatiel() {
    const { circuitBreaker, ConsecutiveBreaker, handleAll, handleType } = require('cockatiel');
    const handled = process.env.INERT === '1' ? handleType(TypeError) : handleAll;
    const breaker = circuitBreaker(handled, { halfOpenAfter: 2000, breaker: new ConsecutiveBreaker(6) });
    return (headers) => breaker.execute(() => call(headers));
  },
}[process.env.BREAKER ?? 'opossum']();

// Passes on who calls, as tracing libraries do.
const traced = ({ traceparent }) => (traceparent ? { traceparent } : {});

http.createServer((request, answer) => {
  guarded(traced(request.headers)).then(() => answer.end('ok\n'),
    () => { answer.statusCode = 503; answer.end('unavailable\n'); });
}).listen(port, '127.0.0.1');
