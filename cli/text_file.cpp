#include "cli/text_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "cli/same_file.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

[[noreturn]] void cannot_read(const std::string& path) {
  throw std::system_error(errno, std::system_category(), "cannot read '" + path + "'");
}

}  // namespace

std::string read_text_file(const std::string& path, std::size_t most) {
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    cannot_read(path);
  }
  note_read(path);
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= most) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      cannot_read(path);
    }
    if (got == 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (fd != STDIN_FILENO) {
    ::close(fd);
  }
  return text;
}

Result<std::string> existing_file_text(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Error{"there is no file " + tripcurve::quoted(path),
                 "write the path of one, from this folder"};
  }
  return read_text_file(path);
}

}  // namespace tripcurve::cli
