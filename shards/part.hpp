// What one shard has found: a text file that says what it is a part of, and has a line of JSON for
// each job that is done. Parts of the same work, put together, are the work.
//
//   {"part_of":"tripcurve","tool_version":"0.1.0","command":["curve","--runs","40"],
//    "about":"...","jobs":840,"shard":"2/8"}
//   {"job":1,"found":...}
//   {"job":9,"found":...}
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "shards/shard.hpp"

namespace tripcurve::shards {

// What a part is of. Two parts belong together if all of this is equal.
struct Work {
  std::string tool_version;
  std::vector<std::string> command;  // that does it, without where it is done and what is written
  std::string about;                 // all that its results depend on, as text
  std::size_t jobs = 0;
  friend bool operator==(const Work&, const Work&) = default;
};

struct Part {
  Work work;
  Shard shard;
  std::map<std::size_t, std::string> found;  // by job; one line of JSON each
};

[[nodiscard]] std::string render(const Part& part);

// `file` is for messages, which name the line. Refuses what is no part, or not a whole one.
[[nodiscard]] Result<Part> read_part(const std::string& file, std::string_view text);

// How two works differ, in words for people: "--runs 40 in one and --runs 41 in the other".
[[nodiscard]] std::string difference(const Work& a, const Work& b);

// A part and the file it is in.
struct NamedPart {
  std::string file;
  Part part;
};

// The results of all jobs, in their order. Refuses parts of different works, two results of one job
// that differ, and jobs that are missing: it names the shards that have them. At least one part.
[[nodiscard]] Result<std::vector<std::string>> merge(const std::vector<NamedPart>& parts);

}  // namespace tripcurve::shards
