// Calls URL once with Node's http or https module and prints how that ended.
'use strict'
const [url, seconds] = process.argv.slice(2)
const http = require(url.startsWith('https:') ? 'node:https' : 'node:http')
let over = false
let status = ''
const say = (what) => {
  if (!over) {
    over = true
    console.log(what)
    process.exit(0)
  }
}
const request = http.get(url, (answer) => {
  status = `${answer.statusCode}, then `
  answer.on('data', () => {})
  answer.on('end', () => say(answer.statusCode))
  answer.on('error', (error) => say(status + error.code))
})
request.on('error', (error) => say(error.code))
setTimeout(() => say(status + 'no timeout of its own'), seconds * 1000)
