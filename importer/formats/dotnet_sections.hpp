// .NET's configuration: appsettings.json as a tree of sections, and the values in it.
#pragma once

#include <cstdint>
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

// Values as ConfigurationBinder of dotnet/runtime converts their texts: a number in quotes is one,
// a flag is true or false in any case and nothing else, and a whole number has no point and may be
// hexadecimal (0x10, #10).
[[nodiscard]] Result<bool> dotnet_flag_of(const Node& node);
[[nodiscard]] Result<std::uint64_t> dotnet_whole_of(const Node& node);

}  // namespace tripcurve::importer
