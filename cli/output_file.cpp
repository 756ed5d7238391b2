#include "cli/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

bool is_regular(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// A path that stands for an open file writes to that one: opened anew, a file would be written from
// its beginning, over what was written there before.
int open_for_writing(const std::string& path, OutputFile::Mode mode) {
  if (const auto fd = descriptor_named(path)) {
    return *fd == STDOUT_FILENO ? *fd : ::fcntl(*fd, F_DUPFD_CLOEXEC, 3);
  }
  return ::open(path.c_str(),
                O_WRONLY | O_CREAT | O_CLOEXEC | (mode == OutputFile::Mode::append ? O_APPEND : 0),
                0666);
}

}  // namespace

std::optional<int> descriptor_named(const std::string& path) {
  if (path == "-" || path == "/dev/stdout") {
    return STDOUT_FILENO;
  }
  if (path == "/dev/stderr") {
    return STDERR_FILENO;
  }
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.starts_with(folder)) {
      int fd = -1;
      const auto* end = path.data() + path.size();
      const auto [stop, error] = std::from_chars(path.data() + folder.size(), end, fd);
      return error == std::errc{} && stop == end && fd >= 0 ? std::optional(fd) : std::nullopt;
    }
  }
  return std::nullopt;
}

OutputFile::OutputFile(std::string flag, std::string path, Mode mode)
    : flag_(std::move(flag)),
      path_(std::move(path)),
      to_be_emptied_(mode == Mode::replace && !descriptor_named(path_)),
      fd_(open_for_writing(path_, mode)) {
  if (fd_ < 0) {
    throw std::system_error(errno, std::system_category(), flag_ + ": cannot open '" + path_ + "'");
  }
}

OutputFile::~OutputFile() {
  if (!is_stdout()) {
    ::close(fd_);
  }
}

// A pipe or a device has nothing to be emptied of.
std::error_code OutputFile::empty() {
  return is_regular(fd_) && ::ftruncate(fd_, 0) != 0 ? last_error() : std::error_code();
}

std::error_code OutputFile::write_all(const std::string& text) {
  if (std::exchange(to_be_emptied_, false)) {
    if (const auto error = empty()) {
      return error;
    }
  }
  for (std::string_view rest = text; !rest.empty();) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE && is_stdout()) {
      return {};
    } else if (errno != EINTR) {
      return last_error();
    }
  }
  return {};
}

std::system_error OutputFile::trouble(std::error_code error) const {
  return {error, is_stdout() ? "cannot write to standard output"
                             : flag_ + ": cannot write '" + path_ + "'"};
}

void OutputFile::write(const std::string& text) {
  if (const auto error = write_all(text)) {
    throw trouble(error);
  }
}

std::optional<std::string> OutputFile::try_write(const std::string& text) {
  const auto error = write_all(text);
  return error ? std::optional<std::string>(trouble(error).what()) : std::nullopt;
}

namespace {

// What a run on the wire keeps of lines that nobody reads, and when virtual time waits for them to
// be read.
constexpr std::size_t most_unread_in_a_run = std::size_t{64} << 20U;
constexpr std::size_t most_unread_in_virtual_time = std::size_t{1} << 20U;

// How long the end of a run waits for a reader that takes nothing.
constexpr Duration patience = std::chrono::seconds(5);

}  // namespace

EventFile::EventFile(std::string path, live::Haste haste)
    : file_("--events", std::move(path)), haste_(haste), outlet_(file_.fd()) {}

void EventFile::put(const std::string& line) {
  if (!std::exchange(is_emptied_, true)) {
    trouble_ = file_.try_write("");
  }
  if (haste_ == live::Haste::can_wait && outlet_.unsent() > most_unread_in_virtual_time &&
      !outlet_.flush(Duration::max())) {
    haste_ = live::Haste::cannot_wait;  // a signal: it is to end
  }
  is_too_slow_ = is_too_slow_ || outlet_.unsent() > most_unread_in_a_run;
  if (!is_too_slow_ && !trouble_) {
    outlet_.put(line);
  }
}

std::optional<std::string> EventFile::finish() {
  if (trouble_) {
    return trouble_;
  }
  const bool all_read = outlet_.flush(patience);
  if (const auto error = outlet_.failure()) {
    const bool has_left = error.value() == EPIPE && is_stdout();
    return has_left ? std::nullopt : std::optional<std::string>(file_.trouble(error).what());
  }
  if (!all_read || is_too_slow_) {
    return std::string(file_.trouble({ETIMEDOUT, std::system_category()}).what()) +
           " (nothing reads it)";
  }
  return std::nullopt;
}

void print(const std::string& text) { OutputFile("", "-").write(harmless(text)); }

std::optional<std::string> try_print(const std::string& text) {
  return OutputFile("", "-").try_write(harmless(text));
}

}  // namespace tripcurve::cli
