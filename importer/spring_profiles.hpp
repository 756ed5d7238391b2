// Which documents of a Spring Boot file count: those without a condition, and those whose profile
// is active.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/read.hpp"
#include "importer/import.hpp"

namespace tripcurve::importer {

// Whether an expression such as "prod", "!ci" or "prod & (eu | us)" holds; an Error when Spring
// would refuse it.
[[nodiscard]] Result<bool> profile_holds(std::string_view expression,
                                         const std::vector<std::string>& active);

// "prod" or "prod,eu", as a person names them.
[[nodiscard]] Result<std::vector<std::string>> parse_profiles(std::string_view text);

// The documents that count, in their order, and what is to be told of the others.
struct ActiveDocuments {
  document::Documents documents{};
  std::vector<Note> left_out{};
  std::vector<Note> taken{};         // for a profile, and counted
  std::vector<Note> warnings{};      // of spring.profiles.active that cannot be known
  std::vector<std::string> names{};  // of profiles that the documents speak of
};

// `wanted` are the active profiles; none: those that the documents make active, else `default`.
// `profile_of` has for each document the profile that its file's name has, or "".
[[nodiscard]] Result<ActiveDocuments> active_documents(document::Documents documents,
                                                       const std::vector<std::string>& profile_of,
                                                       const std::vector<std::string>& wanted);

}  // namespace tripcurve::importer
