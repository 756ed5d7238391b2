#include "cli/signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "child/child.hpp"
#include "live/display.hpp"

namespace tripcurve::cli {
namespace {

constexpr unsigned seconds_to_write = 1;

// What a handler has seen.
volatile std::sig_atomic_t first_to_end = 0;

extern "C" void end_soon(int signal) {
  if (first_to_end != 0) {
    die(first_to_end);
  }
  first_to_end = signal;
  ::alarm(seconds_to_write);
}

// nohup and shells that put a job in the background have these ignored, and mean it.
bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void unblock(int signal, int how = SIG_UNBLOCK) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(how, &one, nullptr);
}

// Lets a signal that was waited for do what it does to any program.
void pass_on(int signal) {
  live::restore_terminal(STDERR_FILENO);
  if (signal == SIGQUIT) {
    child::kill_all();
  }
  std::raise(signal);
  unblock(signal);
  unblock(signal, SIG_BLOCK);  // when it was to stop, and we go on
}

}  // namespace

ExitCode exit_code_of(int signal) {
  return signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
}

void die(int signal) {
  live::restore_terminal(STDERR_FILENO);
  child::kill_all();
  _exit(128 + signal);
}

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGINT, SIGTERM, SIGWINCH}) {
    sigaddset(&set_, signal);
  }
  for (const int signal : {SIGHUP, SIGQUIT, SIGTSTP}) {
    if (!is_ignored(signal)) {
      sigaddset(&set_, signal);
    }
  }
  pthread_sigmask(SIG_BLOCK, &set_, &before_);
}

Signals::~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> Signals::wait(Duration patience) const {
  const auto ns = std::max(patience, Duration{}).count();
  const timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
  const int signal = sigtimedwait(&set_, nullptr, &limit);
  if (signal == SIGQUIT || signal == SIGTSTP) {
    pass_on(signal);
    return std::nullopt;
  }
  if (signal == SIGHUP) {
    return SIGTERM;
  }
  return signal > 0 ? std::optional(signal) : std::nullopt;  // EINTR is as good as no signal
}

void Signals::release() const {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) {
    if (signal == SIGALRM || sigismember(&set_, signal) == 1) {
      std::signal(signal, end_soon);
    }
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace tripcurve::cli
