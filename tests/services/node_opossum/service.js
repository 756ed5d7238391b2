// A service whose calls to its dependency go through opossum, for `tripcurve probe` and `run --through`.
// VOLUME_THRESHOLD is that of its breaker: where fewer calls come, it never opens.
//
//   npm install && node service.js 8082 http://127.0.0.1:9002/
'use strict';
const http = require('node:http');
const Breaker = require('opossum');

const port = Number(process.argv[2] ?? 8082);
const dependency = process.argv[3] ?? 'http://127.0.0.1:9002/';
const agent = new http.Agent({ keepAlive: true });

function call(headers) {
  return new Promise((resolve, reject) => {
    http.get(dependency, { agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode >= 500 ? reject(new Error(`${answer.statusCode}`)) : resolve());
    }).on('error', reject);
  });
}

const breaker = new Breaker(call, {
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: Number(process.env.VOLUME_THRESHOLD ?? 8),
  rollingCountTimeout: 5000,
  resetTimeout: 2000,
});

// Passes on who calls, as tracing libraries do.
const traced = ({ traceparent }) => (traceparent ? { traceparent } : {});

http.createServer((request, answer) => {
  breaker.fire(traced(request.headers)).then(() => answer.end('ok\n'),
    () => { answer.statusCode = 503; answer.end('unavailable\n'); });
}).listen(port, '127.0.0.1');
