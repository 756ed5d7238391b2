// A file that a person wrote and named.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.hpp"
#include "document/limits.hpp"

namespace tripcurve::cli {

// The file's text, or standard input's for "-"; of one that is larger than `most` bytes a little
// more than that, so that whoever reads it can tell. Throws std::system_error when it cannot be
// read.
[[nodiscard]] std::string read_text_file(const std::string& path,
                                         std::size_t most = document::most_bytes);

// The text of a file that somebody named who may have mistyped it: an Error if there is none.
[[nodiscard]] Result<std::string> existing_file_text(const std::string& path);

}  // namespace tripcurve::cli
