#include "importer/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "document/read.hpp"
#include "importer/formats.hpp"

namespace tripcurve::importer {
namespace {

struct Candidate {
  std::string_view format;
  Found found;
};

Result<std::vector<Candidate>> all_candidates(const document::Documents& documents) {
  std::vector<Candidate> all;
  for (const auto& format : formats()) {
    auto found = format.find(documents);
    if (!found) {
      return found.error();
    }
    for (auto& one : std::vector<Found>(*std::move(found))) {
      all.push_back({format.name, std::move(one)});
    }
  }
  std::ranges::sort(all, {}, [](const Candidate& candidate) {
    return std::tuple(candidate.found.at.line, candidate.found.at.column, candidate.format);
  });
  return all;
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
  return "it reads: " + names + "; docs/IMPORT.md shows each";
}

Result<Candidate> choose(const std::string& file, const document::Documents& documents,
                         const std::optional<std::string>& instance) {
  const auto candidates = all_candidates(documents);
  if (!candidates) {
    return candidates.error();
  }
  const auto& all = *candidates;
  if (all.empty()) {
    return Error{fmt::format("{}: no circuit breaker in it that tripcurve can read", file),
                 hint_of_dialect(documents)};
  }
  if (!instance) {
    return all.size() == 1 ? Result<Candidate>(all.front())
                           : Error{fmt::format("{}: {} circuit breakers are in it: {}", file,
                                               all.size(), listed(all)),
                                   "name the one you mean: --instance " + all.front().found.name};
  }
  std::vector<Candidate> meant;
  std::ranges::copy_if(all, std::back_inserter(meant), [&](const Candidate& candidate) {
    return candidate.found.name == *instance;
  });
  if (meant.size() == 1) {
    return meant.front();
  }
  if (meant.empty()) {
    std::vector<std::string_view> names;
    std::ranges::transform(
        all, std::back_inserter(names),
        [](const Candidate& candidate) -> std::string_view { return candidate.found.name; });
    return Error{fmt::format("{}: no circuit breaker {} in it", file, quoted(*instance)),
                 did_you_mean(*instance, names)};
  }
  return Error{fmt::format("{}: {} circuit breakers have the name {}: {}", file, meant.size(),
                           quoted(*instance), listed(meant)),
               "cut out the one you mean"};
}

// Where the setting stands that the dialect complains of: its Error names the key.
const Place& blamed(const Draft& draft, const std::string& message, const Place& otherwise) {
  const Place* at = &otherwise;
  std::size_t longest = 0;
  for (const auto& setting : draft.settings) {
    if (setting.key.size() > longest && message.find(setting.key) != std::string::npos) {
      at = &setting.at;
      longest = setting.key.size();
    }
  }
  return *at;
}

void sort_by_place(std::vector<Note>& notes) {
  std::ranges::sort(notes, {}, [](const Note& note) {
    return std::tie(note.at.line, note.at.column, note.what);
  });
}

}  // namespace

Result<Imported> import_breaker(const std::string& file, std::string_view text,
                                const std::optional<std::string>& instance) {
  const auto documents = document::read(file, text);
  if (!documents) {
    return documents.error();
  }
  const auto chosen = choose(file, *documents, instance);
  if (!chosen) {
    return chosen.error();
  }
  const auto& [format, found] = *chosen;
  auto read = found.read();
  if (!read) {
    return read.error();
  }
  Draft draft = *std::move(read);
  breaker::Choice::Given given;
  for (const auto& [key, value, at] : draft.settings) {
    given.emplace_back(key, value);
  }
  auto choice = breaker::make_choice(draft.dialect, given);
  if (!choice) {
    const auto& error = choice.error();
    return error.in(blamed(draft, error.message, found.at).text());
  }
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
                  .ignored = std::move(draft.ignored),
                  .warnings = std::move(draft.warnings)};
}

}  // namespace tripcurve::importer
