// A file that a person wrote and named.
#pragma once

#include <string>
#include <string_view>

namespace tripcurve::cli {

// As much of the file as document::read takes, and a little more so that it can tell; "-" is
// standard input. Throws std::system_error when it cannot be read.
[[nodiscard]] std::string read_text_file(const std::string& path);

// What a file says may be anything: without control characters, and not endless.
[[nodiscard]] std::string visible(std::string_view text);

}  // namespace tripcurve::cli
