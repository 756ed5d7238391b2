#include "importer/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/neighbours.hpp"
#include "importer/sources.hpp"

namespace tripcurve::importer {
namespace {

struct Candidate {
  std::string_view format;
  Found found;
  const Source* source;
};

// What there is, and what could not be looked through: a mistake may have nothing to do with the
// breaker that is wanted.
struct Candidates {
  std::vector<Candidate> all{};
  std::vector<Error> mistakes{};
};

Candidates all_candidates(const Sources& sources) {
  Candidates candidates{.mistakes = sources.mistakes};
  for (const auto& source : sources.all) {
    for (const auto& format : formats()) {
      auto found = format.find(source.documents);
      if (!found) {
        candidates.mistakes.insert(candidates.mistakes.begin(), found.error());
        continue;
      }
      for (auto& one : std::vector<Found>(*std::move(found))) {
        candidates.all.push_back({format.name, std::move(one), &source});
      }
    }
  }
  std::ranges::stable_sort(candidates.all, {}, [](const Candidate& candidate) {
    return std::tuple(candidate.found.at.line, candidate.found.at.column, candidate.format);
  });
  return candidates;
}

std::string listed(const std::vector<Candidate>& all) {
  constexpr std::size_t most = 20;
  std::string list;
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
    list +=
        fmt::format("{}{} (line {})", i == 0 ? "" : ", ", all[i].found.name, all[i].found.at.line);
  }
  return all.size() > most ? list + fmt::format(" and {} more", all.size() - most) : list;
}

// NAME:LINE, and for those that share a line NAME:LINE:COLUMN.
std::string with_line(const std::string& name, const Place& at) {
  return fmt::format("{}:{}", name, at.line);
}
std::string with_column(const std::string& name, const Place& at) {
  return fmt::format("{}:{}:{}", name, at.line, at.column);
}

using Matches = bool (*)(const Found&, const std::string& wanted);

bool has_name(const Found& found, const std::string& wanted) { return found.name == wanted; }
bool has_other_name(const Found& found, const std::string& wanted) {
  return std::ranges::find(found.also, wanted) != found.also.end();
}
bool stands_there(const Found& found, const std::string& wanted) {
  const auto names_it = [&](const std::string& name) {
    return wanted == with_line(name, found.at) || wanted == with_column(name, found.at);
  };
  return names_it(found.name) || std::ranges::any_of(found.also, names_it);
}

std::vector<Candidate> matching(const std::vector<Candidate>& all, Matches matches,
                                const std::string& wanted) {
  std::vector<Candidate> meant;
  std::ranges::copy_if(all, std::back_inserter(meant), [&](const Candidate& candidate) {
    return matches(candidate.found, wanted);
  });
  return meant;
}

// Those that are meant by what a person wrote: a name is stronger than another name, and both are
// stronger than a line.
std::vector<Candidate> meant_by(const std::vector<Candidate>& all, const std::string& wanted) {
  for (const auto matches : {has_name, has_other_name, stands_there}) {
    if (auto meant = matching(all, matches, wanted); !meant.empty()) {
      return meant;
    }
  }
  return {};
}

// The shortest text that means this one alone: its name, another name, or its name and place.
std::string unmistakable(const std::vector<Candidate>& all, const Found& found) {
  std::vector<std::string> names{found.name};
  names.insert(names.end(), found.also.begin(), found.also.end());
  names.push_back(with_line(found.name, found.at));
  for (const auto& name : names) {
    if (meant_by(all, name).size() == 1) {
      return name;
    }
  }
  return with_column(found.name, found.at);
}

// A map without a dialect whose keys are those of one: its settings live in code, and somebody
// wrote them down.
std::string hint_of_dialect(const document::Documents& documents) {
  const Node* map = documents.empty() || !documents.front().is_map() ? nullptr : &documents.front();
  for (const auto& dialect : breaker::dialects()) {
    const auto known = [&](const Node& child) {
      return std::ranges::any_of(dialect.keys, [&](const breaker::Key& key) {
        return key.name == child.key || key.name.starts_with(child.key + ".");
      });
    };
    if (map != nullptr && std::ranges::count_if(map->children, known) >= 2) {
      return fmt::format("these look like settings of {0}: add \"dialect\": \"{0}\"", dialect.name);
    }
  }
  std::string names;
  for (const auto& format : formats()) {
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return "it reads: " + names + "; docs/IMPORT.md has an example of each";
}

std::string hint_without_breaker(const Sources& sources) {
  for (const auto& source : sources.all) {
    if (auto neighbour = neighbour_in(source.documents)) {
      return *std::move(neighbour);
    }
  }
  return hint_of_dialect(sources.all.front().documents);
}

// A name as the shell and YAML take it.
std::string as_word(const std::string& name) {
  constexpr std::string_view safe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/%:-";
  const bool plain = !name.empty() && name.find_first_not_of(safe) == std::string::npos;
  return plain || name.find('\'') != std::string::npos ? name : "'" + name + "'";
}

Error ambiguous(const std::string& file, const Candidates& candidates,
                const std::vector<Candidate>& meant, const Wanted& wanted) {
  const auto& first = meant.front().found;
  auto hint =
      "name the one that you mean: " + wanted.naming + as_word(unmistakable(candidates.all, first));
  if (!wanted.instance) {
    return {fmt::format("{}: {} circuit breakers are in the file: {}", file, meant.size(),
                        listed(meant)),
            std::move(hint)};
  }
  if (const auto line = as_word(with_line(first.name, first.at)); !hint.ends_with(line)) {
    hint += ", or by its line: " + wanted.naming + line;
  }
  return {fmt::format("{}: {} circuit breakers have the name {}: {}", file, meant.size(),
                      quoted(*wanted.instance), listed(meant)),
          std::move(hint)};
}

Result<Candidate> choose(const std::string& file, const Sources& sources, const Wanted& wanted) {
  const auto candidates = all_candidates(sources);
  const auto& all = candidates.all;
  const auto meant = wanted.instance ? meant_by(all, *wanted.instance) : all;
  if (meant.size() == 1 && (wanted.instance || candidates.mistakes.empty())) {
    return meant.front();
  }
  if (meant.empty() || !wanted.instance) {
    if (!candidates.mistakes.empty()) {
      return candidates.mistakes.front();
    }
  }
  if (all.empty()) {
    return Error{fmt::format("{}: no circuit breaker that tripcurve can read is in the file", file),
                 hint_without_breaker(sources)};
  }
  if (!meant.empty()) {
    return ambiguous(file, candidates, meant, wanted);
  }
  std::vector<std::string_view> names;
  for (const auto& candidate : all) {
    names.emplace_back(candidate.found.name);
    names.insert(names.end(), candidate.found.also.begin(), candidate.found.also.end());
  }
  return Error{
      fmt::format("{}: no circuit breaker {} is in the file", file, quoted(*wanted.instance)),
      did_you_mean(*wanted.instance, names)};
}

bool is_at(const Place& a, const Place& b) { return a.line == b.line && a.column == b.column; }

bool holds(const Node& node, const Place& at) {
  return is_at(node.at, at) || is_at(node.key_at, at) ||
         std::ranges::any_of(node.children, [&](const Node& child) { return holds(child, at); });
}

// The block that is given twice and has what stands at a place in it, or null: nobody can say which
// of the two a library would read.
const Node* twice_around(const Node& node, const Place& at) {
  for (const auto& child : node.children) {
    if (!holds(child, at)) {
      continue;
    }
    for (const auto& other : node.children) {
      if (other.again && other.key == child.key && (&other != &child || child.again) &&
          other.kind != Node::Kind::scalar) {
        return &other;
      }
    }
    return twice_around(child, at);
  }
  return nullptr;
}

// Keys that are given twice elsewhere in the file.
void warn_of_twice(std::vector<Note>& warnings, const Node& node) {
  constexpr std::size_t most = 3;
  for (const auto& child : node.children) {
    if (warnings.size() >= most) {
      return;
    }
    if (child.again && std::ranges::count(node.children, child.key, &Node::key) > 1) {
      warnings.push_back({child.key_at, child.key,
                          "is given twice; Spring Boot, Envoy and others refuse such a file"});
    }
    warn_of_twice(warnings, child);
  }
}

void sort_by_place(std::vector<Note>& notes) {
  std::ranges::sort(notes, {}, [](const Note& note) {
    return std::tie(note.at.line, note.at.column, note.what);
  });
}

}  // namespace

Result<Imported> import_breaker(const std::string& file, std::string_view text,
                                const Wanted& wanted) {
  const auto sources = sources_of(file, text, wanted.profiles);
  if (!sources) {
    return sources.error();
  }
  const auto chosen = choose(file, *sources, wanted);
  if (!chosen) {
    return chosen.error();
  }
  const auto& [format, found, source] = *chosen;
  std::vector<Note> twice_elsewhere;
  for (const auto& document : source->documents) {
    if (const auto* twice = twice_around(document, found.at)) {
      return twice->key_at.error(quoted(twice->key) + " is given twice", "keep one of them");
    }
    warn_of_twice(twice_elsewhere, document);
  }
  auto read = found.read();
  if (!read) {
    return read.error();
  }
  Draft draft = *std::move(read);
  auto choice = choice_of(draft, found.at);
  if (!choice) {
    return choice.error();
  }
  const auto append = [](std::vector<Note>& notes, const std::vector<Note>& more) {
    notes.insert(notes.end(), more.begin(), more.end());
  };
  append(draft.ignored, source->left_out);
  append(draft.warnings, source->warnings);
  append(draft.warnings, twice_elsewhere);
  sort_by_place(draft.ignored);
  sort_by_place(draft.warnings);
  return Imported{.format = std::string(format),
                  .instance = found.name,
                  .at = found.at,
                  .choice = *std::move(choice),
                  .timeout = draft.timeout,
                  .retry = draft.retry,
                  .bulkhead = draft.bulkhead,
                  .counts = std::move(draft.counts),
                  .client = std::move(draft.client),
                  .profiles = source->profiles,
                  .ignored = std::move(draft.ignored),
                  .warnings = std::move(draft.warnings)};
}

}  // namespace tripcurve::importer
