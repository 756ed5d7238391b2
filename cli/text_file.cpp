#include "cli/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

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

std::string visible(std::string_view text) {
  constexpr std::size_t longest = 1000;
  std::string shown;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > longest ? shown + "..." : shown;
}

}  // namespace tripcurve::cli
