// Records opossum, whose timers and stamps are those of the fake clock.
import {createRequire} from 'node:module';
import FakeTimers from '@sinonjs/fake-timers';
import CircuitBreaker from 'opossum';
import {IgnoredError, milliseconds, record} from '../node/recorder.mjs';

const {version} = createRequire(import.meta.url)('opossum/package.json');

function options({timeout, resetTimeout, rollingCountTimeout, errorFilter, ...asTheyAre}) {
  const given = {...asTheyAre};
  for (const [key, value] of Object.entries({timeout, resetTimeout, rollingCountTimeout})) {
    if (value !== undefined) given[key] = value === false ? false : milliseconds(value);
  }
  if (errorFilter === 'ignored') given.errorFilter = (error) => error instanceof IgnoredError;
  return given;
}

record(FakeTimers, ({config}, changed) => {
  const circuit = new CircuitBreaker((run) => run(), options(config));
  circuit.on('open', () => changed('open'));
  circuit.on('close', () => changed('closed'));
  return {
    library: `opossum ${version}`,
    fire: (run, failed) => circuit.fire(run).catch(failed),
    state: () => (circuit.halfOpen ? 'half_open' : circuit.opened ? 'open' : 'closed'),
    errorName: (error) => error.code,
  };
});
