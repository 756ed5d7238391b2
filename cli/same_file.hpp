// Which files a command reads and which it writes: none of those may be one of these, by whatever
// name, link or open file it is reached.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::cli {

// A file and what names it ("--json").
struct NamedFile {
  std::string name;
  std::string path;  // "-" is standard output
};

// A file was read that `path` names, "-" for standard input. What is read is not to be written.
void note_read(const std::string& path);

// Two of the files name the same, or one is read, was read, or is standard output or standard
// error, redirected to a file. Devices and pipes may be written by several.
[[nodiscard]] std::optional<Error> written_twice(const std::vector<NamedFile>& files);

}  // namespace tripcurve::cli
