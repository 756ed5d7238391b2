#include "cli/same_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/output_file.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

// What a path leads to: a file by its device and inode where there is one, else by where it would
// be made.
struct Place {
  std::optional<std::pair<dev_t, ino_t>> file;
  std::filesystem::path path;
};

std::optional<std::pair<dev_t, ino_t>> regular_file(const struct stat& status) {
  return S_ISREG(status.st_mode) ? std::optional(std::pair(status.st_dev, status.st_ino))
                                 : std::nullopt;
}

Place place_of_descriptor(int fd) {
  struct stat status{};
  return {::fstat(fd, &status) == 0 ? regular_file(status) : std::nullopt, {}};
}

Place place_of(const std::string& path) {
  if (const auto fd = descriptor_named(path)) {
    return {place_of_descriptor(*fd).file, "/dev/fd/" + std::to_string(*fd)};
  }
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    return {regular_file(status), path == "/dev/null" ? "" : path};
  }
  std::error_code ignored;  // of a path that leads nowhere; opening it says so
  return {std::nullopt,
          std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored)};
}

bool same(const Place& a, const Place& b) {
  return a.file || b.file ? a.file == b.file : !a.path.empty() && a.path == b.path;
}

struct ReadFile {
  std::string path;
  Place place;
};
std::vector<ReadFile>& files_read() {
  static std::vector<ReadFile> all;
  return all;
}

Error both(const std::string& one, const NamedFile& other) {
  return {one + " and " + other.name + " both name " + tripcurve::quoted(other.path),
          "give each a file of its own"};
}

}  // namespace

void note_read(const std::string& path) {
  files_read().push_back({path == "-" ? "standard input" : path,
                          path == "-" ? place_of_descriptor(STDIN_FILENO) : place_of(path)});
}

std::optional<Error> written_twice(const std::vector<NamedFile>& files) {
  const auto out = place_of_descriptor(STDOUT_FILENO);
  const auto err = place_of_descriptor(STDERR_FILENO);
  std::vector<Place> places;
  for (const auto& file : files) {
    const auto place = place_of(file.path);
    if (const auto earlier =
            std::ranges::find_if(places, [&](const Place& other) { return same(place, other); });
        earlier != places.end()) {
      return both(files[static_cast<std::size_t>(earlier - places.begin())].name, file);
    }
    for (const auto& [path, read] : files_read()) {
      if (same(place, read)) {
        return Error{file.name + " names " + tripcurve::quoted(file.path) + ", which is read here" +
                         (path == file.path ? "" : " as " + tripcurve::quoted(path)),
                     "give it a file of its own"};
      }
    }
    const bool is_open_already = descriptor_named(file.path).has_value();
    if (!is_open_already && place.file && (place.file == out.file || place.file == err.file)) {
      return both(place.file == out.file ? "standard output" : "standard error", file);
    }
    places.push_back(place);
  }
  return std::nullopt;
}

}  // namespace tripcurve::cli
