#include "importer/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "importer/foreign.hpp"
#include "importer/formats.hpp"
#include "importer/quarkus_profiles.hpp"
#include "importer/spring_profiles.hpp"

namespace tripcurve::importer {
namespace {

// A file, of which several make up one configuration, and the profile that its name has.
struct FilePart {
  document::Documents documents;
  std::string profile;
};

// A file's name without its folder, and without its ending, which begins with the last dot.
struct FileName {
  std::string stem;
  std::string ending;
};
FileName name_of(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = std::min(name.rfind('.'), name.size());
  return {std::string(name.substr(0, dot)), std::string(name.substr(dot))};
}

bool is_spring_file(const FileName& name) {
  return name.stem.starts_with("application") &&
         (name.ending == ".yml" || name.ending == ".yaml" || name.ending == ".properties");
}

// application-prod.yml is for prod.
std::string profile_of(const FileName& name) {
  constexpr std::string_view begin = "application-";
  return is_spring_file(name) && name.stem.starts_with(begin) ? name.stem.substr(begin.size())
                                                              : std::string();
}

void place_at(Node& node, const Place& at) {
  node.at = at;
  node.key_at = at;
  for (auto& child : node.children) {
    place_at(child, at);
  }
}

// How far a text is from where it stands in the file around it.
struct Shift {
  std::uint32_t lines = 0;
  std::uint32_t columns = 0;
};

void move(Node& node, const std::shared_ptr<const std::string>& file, const Shift& by) {
  for (auto* at : {&node.at, &node.key_at}) {
    at->file = file;
    at->line += by.lines;
    at->column += by.columns;
  }
  for (auto& child : node.children) {
    move(child, file, by);
  }
}

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (; line > 1 && !text.empty(); --line) {
    (void)take_until(text, "\n");
  }
  return take_until(text, "\n");
}

// Of a literal block (|) of YAML the lines are those of the file; of all else they are not.
std::optional<Shift> shift_of(const Node& value, std::string_view outer) {
  const auto begin = line_of(outer, value.at.line);
  if (value.at.column > begin.size() || begin[value.at.column - 1] != '|') {
    return std::nullopt;
  }
  std::string_view inner = value.text;
  for (auto line = value.at.line + 1; !inner.empty(); ++line) {
    const auto inside = take_until(inner, "\n");
    const auto outside = line_of(outer, line);
    if (const auto indent = outside.find(inside); !inside.empty()) {
      return indent == std::string_view::npos
                 ? std::nullopt
                 : std::optional(Shift{value.at.line, static_cast<std::uint32_t>(indent)});
    }
  }
  return std::nullopt;
}

// Reads what a ConfigMap has below a name.
Result<document::Documents> read_within(const std::string& file, std::string_view outer,
                                        const Node& value) {
  auto documents =
      document::read(fmt::format("{}: {}", file, value.key), value.text, document::Twice::kept);
  if (!documents) {
    return documents;
  }
  auto read = *std::move(documents);
  const auto shift = shift_of(value, outer);
  for (auto& document : read) {
    if (shift) {
      move(document, value.at.file, *shift);
    } else {
      place_at(document, value.at);
    }
  }
  return read;
}

// Takes the files of a ConfigMap: those of Spring together, each of the others by itself.
void add_config_map(const std::string& file, std::string_view outer, const Node& data,
                    std::vector<std::vector<FilePart>>& files, std::vector<Error>& mistakes) {
  std::vector<FilePart> spring;
  for (const auto& value : data.children) {
    const auto name = name_of(value.key);
    if (!value.is_scalar() || (value.text.find('\n') == std::string::npos && name.ending.empty())) {
      continue;
    }
    auto documents = read_within(file, outer, value);
    if (!documents) {
      mistakes.push_back(documents.error());
    } else if (is_spring_file(name)) {
      spring.push_back({*std::move(documents), profile_of(name)});
    } else {
      files.emplace_back().push_back({*std::move(documents), ""});
    }
  }
  // application.yml before application-prod.yml, which overrides it.
  std::ranges::stable_sort(spring, {}, [](const FilePart& part) { return !part.profile.empty(); });
  if (!spring.empty()) {
    files.push_back(std::move(spring));
  }
}

Result<Source> active(std::vector<FilePart> parts, const std::vector<std::string>& profiles,
                      std::vector<std::string>& names) {
  document::Documents documents;
  std::vector<std::string> profile_of_document;
  std::vector<Note> of_quarkus;
  for (auto& part : parts) {
    for (auto& document : part.documents) {
      auto lines = take_quarkus_profiles(document, profiles);
      std::ranges::move(lines.names, std::back_inserter(names));
      std::ranges::move(lines.taken, std::back_inserter(of_quarkus));
      documents.push_back(std::move(document));
      profile_of_document.push_back(part.profile);
    }
  }
  auto chosen = active_documents(std::move(documents), profile_of_document, profiles);
  if (!chosen) {
    return chosen.error();
  }
  names.insert(names.end(), chosen->names.begin(), chosen->names.end());
  auto all = *std::move(chosen);
  std::ranges::move(of_quarkus, std::back_inserter(all.taken));
  return Source{std::move(all.documents), std::move(all.left_out), std::move(all.taken),
                std::move(all.warnings)};
}

std::optional<Error> unknown_profile(const std::string& file,
                                     const std::vector<std::string>& profiles,
                                     const std::vector<std::string>& names) {
  for (const auto& profile : profiles) {
    const bool of_the_name = profile_of(name_of(file)) == profile;
    if (of_the_name || std::ranges::find(names, profile) != names.end()) {
      continue;
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    return Error{
        fmt::format("{}: nothing in the file concerns the profile {}", file, quoted(profile)),
        known.empty() ? "leave out the profile: no document of this file is for a profile"
                      : did_you_mean(profile, known)};
  }
  return std::nullopt;
}

}  // namespace

Result<Sources> sources_of(const std::string& file, std::string_view text,
                           const std::vector<std::string>& profiles) {
  if (const auto error = foreign(file, text)) {
    return *error;
  }
  auto documents = document::read(file, text, document::Twice::kept);
  if (!documents) {
    return documents.error();
  }
  std::vector<std::vector<FilePart>> files;
  Sources sources;
  for (const auto& visit : all_maps(*documents)) {
    const auto* data = visit.map->find("data");
    if (word_of(*visit.map, "kind") == "ConfigMap" && data != nullptr && data->is_map()) {
      add_config_map(file, text, *data, files, sources.mistakes);
    }
  }
  std::vector<FilePart> whole;
  whole.push_back({*std::move(documents), ""});
  files.insert(files.begin(), std::move(whole));
  std::vector<std::string> names;
  for (auto& parts : files) {
    auto source = active(std::move(parts), profiles, names);
    if (!source) {
      return source.error();
    }
    sources.all.push_back(*std::move(source));
  }
  if (const auto error = unknown_profile(file, profiles, names)) {
    return *error;
  }
  return sources;
}

}  // namespace tripcurve::importer
