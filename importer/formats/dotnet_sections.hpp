// .NET's configuration: appsettings.json as a tree of sections, and the values in it.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.hpp"
#include "document/read.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// The same with every key of several steps, "Clusters:shop:Metadata", as sections in sections.
[[nodiscard]] document::Documents dotnet_sections(const document::Documents& documents);

// A TimeSpan within bounds, which are both allowed; nothing when the key is missing.
[[nodiscard]] std::optional<Duration> read_timespan(Fields& fields, std::string_view key,
                                                    Duration least, Duration most);

}  // namespace tripcurve::importer
