// What the exit code of every command means. docs/exit-codes.md is the same list for users.
#pragma once

namespace tripcurve::cli {

enum ExitCode : int {
  finished = 0,
  failed = 1,        // what was asked for is not so: traces differ, settings differ, a warning
  usage = 2,         // what was typed cannot be understood; nothing was run
  inconclusive = 3,  // the run's own load is in doubt
  environment = 4,   // cannot bind, connect, open or write
  bug = 70,
  interrupted = 130,  // SIGINT
  terminated = 143,   // SIGTERM
};

}  // namespace tripcurve::cli
