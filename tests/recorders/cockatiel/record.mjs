// Records cockatiel, whose stamps are those of the fake clock. The dialect of a script says which
// version is meant: cockatiel or cockatiel3.
import {createRequire} from 'node:module';
import FakeTimers from '@sinonjs/fake-timers';
import {IgnoredError, milliseconds, record} from '../node/recorder.mjs';

const require = createRequire(import.meta.url);
const libraries = {
  cockatiel: await import('cockatiel'),
  cockatiel3: require('cockatiel3'),
};

function backoff(library, given) {
  if (typeof given === 'string') return milliseconds(given);
  const {type, interval, durations, initialDelay, maxDelay, exponent, generator} = given;
  switch (type) {
    case 'ConstantBackoff':
      return new library.ConstantBackoff(milliseconds(interval));
    case 'IterableBackoff':
      return new library.IterableBackoff(durations.map(milliseconds));
    case 'ExponentialBackoff':
      return new library.ExponentialBackoff({
        initialDelay: milliseconds(initialDelay),
        maxDelay: milliseconds(maxDelay),
        exponent,
        generator: library[generator],
      });
    default:
      throw new Error(`halfOpenAfter: unknown type ${type}`);
  }
}

function breaker(library, {type, threshold, duration, ...rest}) {
  switch (type) {
    case 'ConsecutiveBreaker':
      return new library.ConsecutiveBreaker(threshold);
    case 'CountBreaker':
      return new library.CountBreaker({threshold, ...rest});
    case 'SamplingBreaker':
      return new library.SamplingBreaker({threshold, duration: milliseconds(duration), ...rest});
    default:
      throw new Error(`breaker: unknown type ${type}`);
  }
}

record(FakeTimers, ({dialect, config}, changed) => {
  const library = libraries[dialect];
  const {CircuitState, circuitBreaker, handleWhen} = library;
  const word = {
    [CircuitState.Closed]: 'closed',
    [CircuitState.Open]: 'open',
    [CircuitState.HalfOpen]: 'half_open',
  };
  const {halfOpenAfter, breaker: rule, unhandled, ...asTheyAre} = config;
  const policy = circuitBreaker(handleWhen((error) => !(error instanceof IgnoredError)), {
    ...asTheyAre,
    halfOpenAfter: backoff(library, halfOpenAfter),
    breaker: breaker(library, rule),
  });
  // A caller that has waited goes through execute again, and is heard there, when it is decided:
  // each round puts more promises between that and the caller.
  const {execute} = policy;
  policy.execute = (run, ...rest) => {
    const answer = execute.call(policy, run, ...rest);
    answer.catch(run.failed);
    return answer;
  };
  policy.onStateChange((state) => changed(word[state]));
  return {
    library: `cockatiel ${require(`./node_modules/${dialect}/package.json`).version}`,
    fire: (run, failed) => policy.execute(Object.assign(run, {failed})).catch(() => {}),
    state: () => word[policy.state],
    errorName: (error) =>
      error instanceof library.BrokenCircuitError ? error.constructor.name : undefined,
  };
});
