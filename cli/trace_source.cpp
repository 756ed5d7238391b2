#include "cli/trace_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/same_file.hpp"

namespace tripcurve::cli {
namespace {

// How long a signal may wait while nothing comes.
constexpr int patience_ms = 100;

}  // namespace

TraceSource::TraceSource(const std::string& path, const Signals& signals,
                         std::optional<int>& ended_by)
    : path_(path),
      signals_(signals),
      fd_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      ended_by_(ended_by) {
  if (fd_ < 0) {
    throw std::system_error(errno, std::system_category(), "cannot read '" + path + "'");
  }
  note_read(path);
}

TraceSource::~TraceSource() {
  if (fd_ != STDIN_FILENO) {
    ::close(fd_);
  }
}

bool TraceSource::is_ready() const {
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, patience_ms) != 0;
}

Result<std::size_t> TraceSource::read(std::span<char> buffer) {
  for (;;) {
    ended_by_ = signals_.wait(Duration{});
    if (ended_by_) {
      return Error{"interrupted", ""};
    }
    if (!is_ready()) {
      continue;
    }
    const auto got = ::read(fd_, buffer.data(), buffer.size());
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR && errno != EAGAIN) {
      throw std::system_error(errno, std::system_category(), "cannot read '" + path_ + "'");
    }
  }
}

}  // namespace tripcurve::cli
