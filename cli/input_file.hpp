// A file the user named to be read.
#pragma once

#include <string>

namespace tripcurve::cli {

// The text of a file, or of standard input for "-": as much as a document may have, and a little
// more, so that its reader can tell that it is too large. Throws std::system_error when it cannot
// be read.
[[nodiscard]] std::string read_input(const std::string& path);

// As messages name it: "stdin" for "-".
[[nodiscard]] std::string input_name(const std::string& path);

}  // namespace tripcurve::cli
