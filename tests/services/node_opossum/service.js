// A service whose calls to its dependency go through opossum, for `tripcurve probe`.
//
//   npm install && node service.js 8082 http://127.0.0.1:9002/
'use strict';
const http = require('node:http');
const Breaker = require('opossum');

const port = Number(process.argv[2] ?? 8082);
const dependency = process.argv[3] ?? 'http://127.0.0.1:9002/';
const agent = new http.Agent({ keepAlive: true });

function call() {
  return new Promise((resolve, reject) => {
    http.get(dependency, { agent }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode >= 500 ? reject(new Error(`${answer.statusCode}`)) : resolve());
    }).on('error', reject);
  });
}

const breaker = new Breaker(call, {
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: 8,
  rollingCountTimeout: 5000,
  resetTimeout: 2000,
});

http.createServer((request, answer) => {
  breaker.fire().then(() => answer.end('ok\n'),
    () => { answer.statusCode = 503; answer.end('unavailable\n'); });
}).listen(port, '127.0.0.1');
