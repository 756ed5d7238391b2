#include "shards/part.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::shards {
namespace {

using Json = nlohmann::ordered_json;

Error broken(const std::string& file, std::size_t line, const std::string& why) {
  return Error{fmt::format("{}:{}: {}", file, line, why),
               "delete the file and run its shard again"};
}

Json header_of(const Part& part) {
  return {{"part_of", "tripcurve"},       {"tool_version", part.work.tool_version},
          {"command", part.work.command}, {"about", part.work.about},
          {"jobs", part.work.jobs},       {"shard", part.shard.text()}};
}

bool is_header(const Json& json) {
  return json.is_object() && json.value("part_of", Json()) == "tripcurve" &&
         json.contains("tool_version") && json["tool_version"].is_string() &&
         json.contains("command") && json["command"].is_array() &&
         std::ranges::all_of(json["command"], [](const Json& word) { return word.is_string(); }) &&
         json.contains("about") && json["about"].is_string() && json.contains("jobs") &&
         json["jobs"].is_number_unsigned() && json.contains("shard") && json["shard"].is_string();
}

Result<Shard> shard_in(const Json& header) {
  const std::string text = header["shard"];
  return parse_shard(text, [](const std::string&) { return std::nullopt; });
}

Part part_of(const Json& header, Shard shard) {
  return {.work = {.tool_version = header["tool_version"],
                   .command = header["command"],
                   .about = header["about"],
                   .jobs = header["jobs"]},
          .shard = std::move(shard),
          .found = {}};
}

// Reads a line of a job into the part; says what is wrong with it.
std::string add_job(Part& part, const Json& json) {
  if (!json.is_object() || !json.contains("job") || !json["job"].is_number_unsigned() ||
      !json.contains("found")) {
    return "this is no job with what was found";
  }
  const std::size_t job = json["job"];
  if (job >= part.work.jobs) {
    return fmt::format("there is no job {}: the work has {}", job, part.work.jobs);
  }
  if (!part.shard.has(job)) {
    return fmt::format("job {} is none of shard {}", job, part.shard.text());
  }
  return part.found.emplace(job, json["found"].dump()).second
             ? std::string()
             : fmt::format("job {} is here twice", job);
}

// The first line in which two texts differ, of each.
std::pair<std::string, std::string> first_difference(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const auto line_a = take_until(a, "\n");
    const auto line_b = take_until(b, "\n");
    if (line_a != line_b) {
      return {std::string(trim(line_a)), std::string(trim(line_b))};
    }
  }
  return {};
}

// Which of so many shards have them.
std::vector<std::string> shards_with(const std::vector<std::size_t>& missing,
                                     std::uint32_t of) {
  std::set<std::uint32_t> numbers;
  for (const auto job : missing) {
    numbers.insert(static_cast<std::uint32_t>(job % of) + 1);
  }
  std::vector<std::string> names;
  for (const auto number : numbers) {
    names.push_back(Shard{number, of}.text());
  }
  return names;
}

std::string all_but_few(std::vector<std::string> names) {
  constexpr std::size_t most = 8;
  if (names.size() > most) {
    const auto more = names.size() - most;
    names.resize(most);
    names.push_back(fmt::format("and {} more", more));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string render(const Part& part) {
  auto text = header_of(part).dump() + "\n";
  for (const auto& [job, found] : part.found) {
    text += fmt::format("{{\"job\":{},\"found\":{}}}\n", job, found);
  }
  return text;
}

Result<Part> read_part(const std::string& file, std::string_view text) {
  std::optional<Part> part;
  for (std::size_t line = 1; !text.empty(); ++line) {
    if (text.find('\n') == std::string_view::npos) {
      return broken(file, line, "the file ends within a line");
    }
    const auto json = Json::parse(take_until(text, "\n"), nullptr, false);
    if (json.is_discarded()) {
      return broken(file, line, "this is not JSON");
    }
    if (!part) {
      if (!is_header(json)) {
        return broken(file, line, "this is not how a part of tripcurve's begins");
      }
      auto shard = shard_in(json);
      if (!shard) {
        return broken(file, line, shard.error().message);
      }
      part = part_of(json, *std::move(shard));
    } else if (const auto wrong = add_job(*part, json); !wrong.empty()) {
      return broken(file, line, wrong);
    }
  }
  if (!part) {
    return broken(file, 1, "the file is empty");
  }
  return *std::move(part);
}

std::string difference(const Work& a, const Work& b) {
  if (a.tool_version != b.tool_version) {
    return fmt::format("one is of tripcurve {}, the other of {}", a.tool_version, b.tool_version);
  }
  if (a.command != b.command) {
    return fmt::format("one is of 'tripcurve {}', the other of 'tripcurve {}'",
                       fmt::join(a.command, " "), fmt::join(b.command, " "));
  }
  if (a.jobs != b.jobs) {
    return fmt::format("one is of {} jobs, the other of {}", a.jobs, b.jobs);
  }
  const auto [one, other] = first_difference(a.about, b.about);
  return fmt::format("one was measured with '{}', the other with '{}'", one, other);
}

Result<std::vector<std::string>> merge(const std::vector<NamedPart>& parts) {
  const auto& first = parts.front();
  std::map<std::size_t, std::pair<std::string, std::string>> all;  // by job: found, and in which
  for (const auto& [file, part] : parts) {
    if (part.work != first.part.work) {
      return Error{fmt::format("{} and {} are not of the same work: {}", first.file, file,
                               difference(first.part.work, part.work)),
                   "keep each work's parts in a folder of their own"};
    }
    for (const auto& [job, found] : part.found) {
      const auto [place, is_new] = all.try_emplace(job, found, file);
      if (!is_new && place->second.first != found) {
        return Error{fmt::format("{} and {} have different results of job {}", place->second.second,
                                 file, job),
                     "delete both and run their shards again"};
      }
    }
  }
  std::vector<std::size_t> missing;
  std::vector<std::string> found;
  for (std::size_t job = 0; job < first.part.work.jobs; ++job) {
    if (const auto at = all.find(job); at != all.end()) {
      found.push_back(at->second.first);
    } else {
      missing.push_back(job);
    }
  }
  if (!missing.empty()) {
    return Error{
        fmt::format("{} of {} jobs are missing, those of shard {}", missing.size(),
                    first.part.work.jobs, all_but_few(shards_with(missing, first.part.shard.of))),
        "run these shards, and merge again"};
  }
  return found;
}

}  // namespace tripcurve::shards
