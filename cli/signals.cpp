#include "cli/signals.hpp"

#include <algorithm>
#include <ctime>

namespace tripcurve::cli {

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGINT, SIGTERM, SIGWINCH}) {
    sigaddset(&set_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set_, &before_);
}

Signals::~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> Signals::wait(Duration patience) const {
  const auto ns = std::max(patience, Duration{}).count();
  const timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
  const int signal = sigtimedwait(&set_, nullptr, &limit);
  return signal > 0 ? std::optional(signal) : std::nullopt;  // EINTR is as good as no signal
}

}  // namespace tripcurve::cli
