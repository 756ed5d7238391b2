// What a file holds that a library reads: its documents, and the files that a Kubernetes ConfigMap
// in it carries.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/read.hpp"
#include "importer/import.hpp"

namespace tripcurve::importer {

// Documents that one library would read together, and what is to be told of the choice.
struct Source {
  document::Documents documents{};
  std::vector<Note> left_out{};
  std::vector<Note> profiles{};
  std::vector<Note> warnings{};
};

struct Sources {
  std::deque<Source> all{};
  std::vector<Error> mistakes{};  // of files within the file, which may have nothing to do with it
};

// An Error when the file itself cannot be read, or none of its documents is about a profile that
// was named.
[[nodiscard]] Result<Sources> sources_of(const std::string& file, std::string_view text,
                                         const std::vector<std::string>& profiles);

}  // namespace tripcurve::importer
