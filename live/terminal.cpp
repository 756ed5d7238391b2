#include "live/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "live/display.hpp"

namespace tripcurve::live {
namespace {

// "" when it is not set: both mean the same in all variables asked here.
std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

std::string locale_name() {
  for (const char* name : {"LC_ALL", "LC_CTYPE"}) {
    if (auto value = environment(name); !value.empty()) {
      return value;
    }
  }
  return environment("LANG");
}

bool names_utf8(std::string locale) {
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

// A pipe that is ready for more takes so much without blocking.
constexpr std::size_t atomic_write = PIPE_BUF;

constexpr int signal_look_ms = 50;

// The same pipe or terminal opened anew, for this program alone, as one that does not block: the
// open file of `fd` is shared with others, who need not expect that. Else `fd` itself; then the
// look before each write must do.
int non_blocking_way(int fd) {
  struct stat status{};
  if (::isatty(fd) != 1 && (::fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode))) {
    return fd;
  }
  const auto name = "/proc/self/fd/" + std::to_string(fd);
  const int own = ::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return own < 0 ? fd : own;
}

bool end_is_asked_for() {
  sigset_t waiting;
  return ::sigpending(&waiting) == 0 &&
         (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
          sigismember(&waiting, SIGHUP) == 1);
}

// Of whoever has hidden the cursor. For signal handlers, too.
std::atomic<bool> cursor_is_hidden = false;
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void note_cursor(bool hidden) { cursor_is_hidden = hidden; }

bool is_terminal(int fd) { return isatty(fd) == 1; }

bool moves_its_cursor() {
  const auto term = environment("TERM");
  return !term.empty() && term != "dumb";
}

Style style_of_environment() {
  return {.colour = environment("NO_COLOR").empty() && moves_its_cursor(),
          .unicode = names_utf8(locale_name())};
}

void restore_terminal(int fd) {
  // Called by signal handlers: nothing but async-signal-safe calls, and errno stays as it was.
  const int saved = errno;
  termios settings{};
  if (cursor_is_hidden.exchange(false) && tcgetattr(fd, &settings) == 0) {
    static constexpr char put_back[] = "\x1b[?2026l\x1b[0m\x1b[?25h";
    pollfd target{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&target, 1, 0) == 1) {  // one that was stopped (Ctrl-S) would never let us go
      [[maybe_unused]] const auto written = ::write(fd, put_back, sizeof(put_back) - 1);
    }
  }
  errno = saved;
}

Size window_size(int fd) {
  winsize window{};
  if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
    return {};
  }
  return {.columns = window.ws_col, .rows = window.ws_row};
}

Outlet::Outlet(int fd) : fd_(fd), way_(non_blocking_way(fd)) {}

Outlet::~Outlet() {
  if (way_ != fd_) {
    ::close(way_);
  }
}

bool Outlet::ready() {
  if (!unsent_.empty()) {
    send();
  }
  return !failure_ && unsent_.empty() && takes_more(0);
}

void Outlet::put(std::string_view text) {
  if (!failure_) {
    unsent_ += text;
    send();
  }
}

bool Outlet::flush(Duration patience) {
  using Clock = std::chrono::steady_clock;
  auto progress = Clock::now();
  for (auto left = unsent_.size(); left > 0; left = unsent_.size()) {
    (void)takes_more(signal_look_ms);
    send();
    if (unsent_.size() < left) {
      progress = Clock::now();
    } else if (Clock::now() - progress >= patience || end_is_asked_for()) {
      return false;
    }
  }
  return true;
}

void Outlet::send() {
  std::string_view rest = unsent_;
  while (!rest.empty() && takes_more(0)) {
    const auto sent = ::write(way_, rest.data(), std::min(rest.size(), atomic_write));
    if (sent >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      failure_ = {errno, std::system_category()};
      rest = {};
    }
  }
  unsent_.erase(0, unsent_.size() - rest.size());
}

bool Outlet::takes_more(int timeout_ms) const {
  pollfd target{.fd = way_, .events = POLLOUT, .revents = 0};
  // A reader that is gone takes everything: the write will tell.
  return ::poll(&target, 1, timeout_ms) == 1;
}

}  // namespace tripcurve::live
