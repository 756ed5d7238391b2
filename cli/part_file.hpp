// The files that parts of shared work are kept in: one for each shard, in a folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "shards/part.hpp"

namespace tripcurve::cli {

// "parts/part-2-of-8.ndjson"
[[nodiscard]] std::string part_path(const std::string& folder, const shards::Shard& shard);

// What an earlier run of the shard has left there; none if nothing. Refuses what is of other work.
// Throws std::system_error when it cannot be read.
[[nodiscard]] Result<std::optional<shards::Part>> read_part_file(const std::string& path,
                                                                 const shards::Work& work);

// Writes it to another file of the folder, which is made if it is not there, and puts that in the
// place of `path` when it is whole. Throws std::system_error.
void write_part_file(const std::string& path, const shards::Part& part);

// All parts in a folder, by their names. Refuses a folder without any, and what is no part.
[[nodiscard]] Result<std::vector<shards::NamedPart>> read_parts(const std::string& folder);

}  // namespace tripcurve::cli
