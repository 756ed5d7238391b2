#include "live/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <system_error>

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

}  // namespace

bool is_terminal(int fd) { return isatty(fd) == 1; }

Style style_of_environment() {
  const auto term = environment("TERM");
  return {.colour = environment("NO_COLOR").empty() && !term.empty() && term != "dumb",
          .unicode = names_utf8(locale_name())};
}

void restore_terminal(int fd) {
  // Called by signal handlers: nothing but async-signal-safe calls, and errno stays as it was.
  const int saved = errno;
  termios settings{};
  if (tcgetattr(fd, &settings) == 0) {
    static constexpr char put_back[] = "\x1b[?2026l\x1b[0m\x1b[?25h";
    [[maybe_unused]] const auto written = ::write(fd, put_back, sizeof(put_back) - 1);
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

bool Outlet::ready() {
  if (!unsent_.empty()) {
    send();
  }
  return !gone_ && unsent_.empty() && takes_more(0);
}

void Outlet::put(std::string_view text) {
  unsent_ += text;
  send();
}

void Outlet::flush() {
  while (!unsent_.empty()) {
    (void)takes_more(-1);
    send();
  }
}

void Outlet::send() {
  std::string_view rest = gone_ ? std::string_view{} : unsent_;
  while (!rest.empty()) {
    const auto sent = ::write(fd_, rest.data(), rest.size());
    if (sent >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno == EPIPE || errno == EIO) {
      gone_ = true;
      rest = {};
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot write the progress");
    }
  }
  unsent_.erase(0, unsent_.size() - rest.size());
}

bool Outlet::takes_more(int timeout_ms) const {
  pollfd target{.fd = fd_, .events = POLLOUT, .revents = 0};
  // A reader that is gone takes everything: the write will tell.
  return ::poll(&target, 1, timeout_ms) == 1;
}

}  // namespace tripcurve::live
