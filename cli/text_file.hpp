// A file that a person wrote and named.
#pragma once

#include <string>

namespace tripcurve::cli {

// As much of the file as document::read takes, and a little more so that it can tell; "-" is
// standard input. Throws std::system_error when it cannot be read.
[[nodiscard]] std::string read_text_file(const std::string& path);

}  // namespace tripcurve::cli
