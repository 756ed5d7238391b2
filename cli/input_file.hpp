// A file that a person names to be read.
#pragma once

#include <cstddef>
#include <string>

namespace tripcurve::cli {

// The file's text, or standard input's for "-"; of one that is larger than `most` bytes a little
// more than that, so that whoever reads it can tell. Throws std::system_error when it cannot be
// read.
[[nodiscard]] std::string read_input(const std::string& path, std::size_t most);

}  // namespace tripcurve::cli
