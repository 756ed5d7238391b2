// What the exit code of every command means. docs/exit-codes.md is the same list for users.
#pragma once

namespace tripcurve {

enum class ExitCode : int {
  success = 0,
  failure = 1,  // what was asked for is not so: an expectation, a trace, a difference, a warning
  usage = 2,    // what was typed cannot be understood; nothing was run
  inconclusive = 3,   // an expectation could not be judged, or the run's own load is in doubt
  environment = 4,    // cannot bind, connect, open or write; or the upstream was unhealthy
  stopped = 5,        // by --abort-on
  bug = 70,           // of tripcurve
  unfinished = 75,    // a shard ended by SIGTERM, which goes on where it was when run again
  interrupted = 130,  // by SIGINT
  terminated = 143,   // by SIGTERM
};

}  // namespace tripcurve
