#include "cli/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace tripcurve::cli {

OutputFile::OutputFile(std::string flag, std::string path, Mode mode)
    : flag_(std::move(flag)),
      path_(std::move(path)),
      to_be_emptied_(mode == Mode::replace && !is_stdout()),
      fd_(STDOUT_FILENO) {
  if (is_stdout()) {
    return;
  }
  fd_ = ::open(path_.c_str(),
               O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::append ? O_APPEND : 0), 0666);
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
void OutputFile::empty() {
  struct stat status{};
  if (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && ::ftruncate(fd_, 0) != 0) {
    throw std::system_error(errno, std::system_category(),
                            flag_ + ": cannot empty '" + path_ + "'");
  }
}

void OutputFile::write(const std::string& text) {
  if (std::exchange(to_be_emptied_, false)) {
    empty();
  }
  for (std::string_view rest = text; !rest.empty();) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE && is_stdout()) {
      return;
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::system_category(),
                              is_stdout() ? "cannot write to standard output"
                                          : flag_ + ": cannot write '" + path_ + "'");
    }
  }
}

void print(const std::string& text) { OutputFile("", "-").write(text); }

}  // namespace tripcurve::cli
