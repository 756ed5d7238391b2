#include "cli/import_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "core/units.hpp"
#include "document/limits.hpp"

namespace tripcurve::cli {
namespace {

[[noreturn]] void cannot_read(const std::string& path) {
  throw std::system_error(errno, std::system_category(), "cannot read '" + path + "'");
}

// As much of it as the importer takes, and a little more so that it can tell.
std::string read_some(const std::string& path) {
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    cannot_read(path);
  }
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= document::most_bytes) {
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

std::string retry_text(const importer::Retry& retry) {
  auto text = fmt::format("{} attempts, {}", retry.attempts, format_duration(retry.wait));
  text += retry.multiplier == 1 ? " apart"
                                : fmt::format(" apart, times {:g} each time", retry.multiplier);
  if (retry.longest) {
    text += fmt::format(", at most {}", format_duration(*retry.longest));
  }
  if (retry.jitter > 0) {
    text += fmt::format(", give or take {}", format_share({retry.jitter}));
  }
  return text + "; each attempt is a call of the breaker";
}

// A default of the library has no place in the file.
std::string placed(const importer::Imported& imported, const document::Place& at) {
  return at.file == nullptr ? imported.at.text() : at.text();
}

std::string note(const importer::Imported& imported, std::string_view kind,
                 const document::Place& at, const std::string& what) {
  return fmt::format("{} {}: {}", kind, visible(placed(imported, at)), visible(what));
}

std::string words(const importer::Note& note) {
  return note.what.empty() ? note.why : note.what + ": " + note.why;
}

}  // namespace

std::string visible(std::string_view text) {
  constexpr std::size_t longest = 1000;
  std::string shown;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > longest ? shown + "..." : shown;
}

Result<importer::Imported> import_file(const std::string& path,
                                       const std::optional<std::string>& instance) {
  auto imported = importer::import_breaker(path == "-" ? "stdin" : path, read_some(path), instance);
  if (!imported) {
    return Error{visible(imported.error().message), visible(imported.error().hint)};
  }
  return imported;
}

Result<importer::Imported> import_file(const std::string& file_and_instance) {
  const auto mark = file_and_instance.find('#');
  if (mark == std::string::npos) {
    return import_file(file_and_instance, std::nullopt);
  }
  return import_file(file_and_instance.substr(0, mark), file_and_instance.substr(mark + 1));
}

std::vector<std::string> warnings_of(const importer::Imported& imported) {
  std::vector<std::string> lines;
  for (const auto& warning : imported.warnings) {
    lines.push_back(visible(placed(imported, warning.at)) + ": " + visible(words(warning)));
  }
  if (imported.retry && imported.retry->attempts > 1) {
    lines.push_back(
        fmt::format("{}: the retry stands outside the breaker: one request that fails is "
                    "{} failures to it, and tripcurve makes one",
                    visible(placed(imported, imported.retry->at)), imported.retry->attempts));
  }
  return lines;
}

std::vector<std::string> notes_of(const importer::Imported& imported) {
  std::vector<std::string> lines;
  if (imported.timeout) {
    lines.push_back(
        note(imported, "timeout", imported.timeout->at, format_duration(imported.timeout->length)));
  }
  if (imported.retry) {
    lines.push_back(note(imported, "retry", imported.retry->at, retry_text(*imported.retry)));
  }
  if (imported.bulkhead) {
    lines.push_back(
        note(imported, "limit", imported.bulkhead->at,
             fmt::format("{} {} at once{}", show_count(imported.bulkhead->concurrent),
                         imported.bulkhead->concurrent == 1 ? "call" : "calls",
                         imported.bulkhead->queue.value_or(1) == 0 ? ", none waits" : "")));
  }
  for (const auto& ignored : imported.ignored) {
    lines.push_back(note(imported, "ignored", ignored.at, words(ignored)));
  }
  return lines;
}

}  // namespace tripcurve::cli
