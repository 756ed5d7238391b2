// A configuration file that a flag or an argument names, and the breaker in it.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "importer/import.hpp"

namespace tripcurve::cli {

// Reads the file, or standard input for "-". Throws std::system_error when it cannot be read.
[[nodiscard]] Result<importer::Imported> import_file(const std::string& path,
                                                     const std::optional<std::string>& instance);

// The same for FILE or FILE#INSTANCE.
[[nodiscard]] Result<importer::Imported> import_file(const std::string& file_and_instance);

}  // namespace tripcurve::cli
