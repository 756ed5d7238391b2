// A configuration file that a flag or an argument names, and the breaker in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "importer/import.hpp"

namespace tripcurve::cli {

// FILE or FILE#INSTANCE. A # may be in the path, too: of the readings that name a file which exists
// the longest path wins; where none does, the path ends at the first #.
struct FileAndInstance {
  std::string file;
  std::optional<std::string> instance{};
};
[[nodiscard]] FileAndInstance split_instance(const std::string& text);

// The names that --profile was given: each may be several, with commas.
[[nodiscard]] Result<std::vector<std::string>> profiles_of(const std::vector<std::string>& given);

// Reads the file, or standard input for "-". Throws std::system_error when it cannot be read.
[[nodiscard]] Result<importer::Imported> import_file(const std::string& path,
                                                     const importer::Wanted& wanted);

// The same for FILE or FILE#INSTANCE.
[[nodiscard]] Result<importer::Imported> import_file(const std::string& file_and_instance,
                                                     const std::vector<std::string>& profiles);

}  // namespace tripcurve::cli
