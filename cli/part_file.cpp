#include "cli/part_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/output_file.hpp"
#include "cli/text_file.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

namespace fs = std::filesystem;

// A part has a line for each job, of up to some hundred kilobytes.
constexpr std::size_t most_part_bytes = std::size_t{4} << 30;

void check(const std::error_code& error, const std::string& what, const std::string& path) {
  if (error) {
    throw std::system_error(error, what + " " + path);
  }
}

}  // namespace

std::string part_path(const std::string& folder, const shards::Shard& shard) {
  return (fs::path(folder) / fmt::format("part-{}-of-{}.ndjson", shard.number, shard.of)).string();
}

Result<std::optional<shards::Part>> read_part_file(const std::string& path,
                                                   const shards::Work& work) {
  if (!fs::exists(path)) {
    return std::optional<shards::Part>();
  }
  auto part = shards::read_part(path, read_text_file(path, most_part_bytes));
  if (!part) {
    return part.error();
  }
  if (part->work != work) {
    return Error{
        fmt::format("{} is a part of other work: {}", path, shards::difference(part->work, work)),
        "delete it, or name another folder with --parts"};
  }
  return std::optional(*std::move(part));
}

void write_part_file(const std::string& path, const shards::Part& part) {
  const auto folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) {
    fs::create_directories(folder, error);
    check(error, "--parts: cannot make the folder", folder);
  }
  const auto unfinished = fmt::format("{}.{}.unfinished", path, ::getpid());
  try {
    OutputFile("--parts", unfinished).write(shards::render(part));
    fs::rename(unfinished, path, error);
    check(error, "--parts: cannot write", path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    throw;
  }
}

Result<std::vector<shards::NamedPart>> read_parts(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  check(error, "cannot read the folder", folder);
  for (const auto& entry : entries) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("part-") && name.ends_with(".ndjson")) {
      files.push_back(entry.path().string());
    }
  }
  std::ranges::sort(files);
  if (files.empty()) {
    return Error{tripcurve::quoted(folder) + " has no parts",
                 "name the folder that --parts of the shards has named"};
  }
  std::vector<shards::NamedPart> parts;
  for (const auto& file : files) {
    auto part = shards::read_part(file, read_text_file(file, most_part_bytes));
    if (!part) {
      return part.error();
    }
    parts.push_back({file, *std::move(part)});
  }
  return parts;
}

}  // namespace tripcurve::cli
