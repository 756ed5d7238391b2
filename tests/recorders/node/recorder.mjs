// Runs scripts of events against a breaker of a Node library and prints the traces.
//
// record(FakeTimers, setUp) reads scripts from stdin; FakeTimers is @sinonjs/fake-timers of the
// recorder's own folder. setUp(script, changed), called under the fake clock, makes
// the breaker, sees to it that changed(state) is called at each change of state, and gives
//   library            name and version
//   fire(run, failed)  asks the breaker to call run, and calls failed with any error that comes
//                      of it, be it run's own or the library's
//   state()            closed, open or half_open
//   errorName(error)   the library's own name if the error is one of its own, else undefined
import {createInterface} from 'node:readline';

// What the real Date.now() was about when these libraries were first recorded. Never 0: some of
// them take a stamp of 0 for "never".
const epoch = 1_700_000_000_000;

export class IgnoredError extends Error {}

export function milliseconds(duration) {
  const text = /^(\d+)ms$/.exec(duration);
  if (!text) throw new Error(`${JSON.stringify(duration)} is not a duration such as "1500ms"`);
  return Number(text[1]);
}

// Everything that follows from what has happened is done when a macrotask gets its turn.
const settled = () => new Promise((resolve) => setImmediate(resolve));

class Recording {
  steps = [];
  calls = new Map();

  changed = () => {};

  constructor(clock) {
    this.clock = clock;
  }

  now() {
    return this.clock.now - epoch;
  }

  // Fires the library's timers one by one, those due at t included.
  async advance(t) {
    let there = false;
    setTimeout(() => (there = true), t - this.now());
    while (!there) {
      this.clock.next();
      await settled();
    }
    this.clock.tick(0);  // what was set meanwhile and is due at once
    await settled();
  }

  async start(id) {
    const call = {status: 'asking'};
    this.calls.set(id, call);
    const running = () => new Promise((resolve, reject) => {
      this.decided(id, call, 'admitted');
      call.settle = {success: resolve, failure: reject, ignored: reject};
    });
    this.breaker.fire(running, (error) => this.failed(id, call, error));
    await settled();
    const own = call.error === undefined ? [] : [call.error];
    if (call.status === 'asking') call.status = 'waiting';
    this.steps.push([this.now(), 'start', id, call.status, this.breaker.state(), ...own]);
  }

  // A call that was waiting shows itself when it is decided. Its state is read when the library
  // has finished what it does in one go: one of them half-opens after it has called the probe.
  decided(id, call, answer, error) {
    if (call.status === 'waiting') {
      const step = [this.now(), 'resume', id, answer, undefined];
      if (error !== undefined) step.push(error);
      this.steps.push(step);
      queueMicrotask(() => (step[4] = this.breaker.state()));
    }
    call.status = answer;
    call.error = error;
  }

  failed(id, call, error) {
    const name = this.breaker.errorName(error);
    if (call.status === 'asking' || call.status === 'waiting') {
      if (name === undefined) throw error;
      this.decided(id, call, 'rejected', name);
    } else if (call.status !== 'rejected' && name !== undefined) {
      this.steps.push([this.now(), 'timeout', id, this.breaker.state()]);
    }
  }

  // A result closes or opens; a half-open state that follows is the doing of a waiting call that
  // the result woke, and belongs to that call's own step.
  async end(id, outcome) {
    const call = this.calls.get(id);
    if (call?.status !== 'admitted') return;
    call.status = 'ended';
    const step = [this.now(), 'end', id, outcome, this.breaker.state()];
    this.steps.push(step);
    this.changed = (state) => {
      if (state !== 'half_open') step[4] = state;
      this.changed = () => {};
    };
    call.settle[outcome](outcome === 'ignored' ? new IgnoredError() : new Error('failure'));
    await settled();
    this.changed = () => {};
  }

  read() {
    this.steps.push([this.now(), 'read', this.breaker.state()]);
  }
}

export async function record(FakeTimers, setUp) {
  for await (const line of createInterface({input: process.stdin})) {
    const script = JSON.parse(line);
    const clock = FakeTimers.install({
      now: epoch,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
    const recording = new Recording(clock);
    const breaker = setUp(script, (state) => recording.changed(state));
    recording.breaker = breaker;
    for (const [t, kind, ...rest] of script.events) {
      await recording.advance(t);
      await recording[kind](...rest);
    }
    clock.uninstall();
    const {id, dialect, config} = script;
    const trace = {id, dialect, library: breaker.library, config, steps: recording.steps};
    process.stdout.write(JSON.stringify(trace) + '\n');
  }
}
