#include "core/outcome_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve {
namespace {

using Kind = CallEnd::Kind;

constexpr std::uint16_t first_failure = 500;

constexpr std::array<std::string_view, 3> outcome_names{"success", "failure", "ignored"};

// By kind; answers have statuses instead.
constexpr std::array<std::string_view, 6> end_names{"",       "timeout",        "reset",
                                                    "closed", "connect_failed", "bad_answer"};

std::uint16_t class_end(std::uint16_t first) {
  return first == first_failure ? most_status : static_cast<std::uint16_t>(first + 99);
}

// 404, 4xx or 400-404.
std::optional<Ends> parse_statuses(std::string_view text) {
  if (text.size() == 3 && text[0] >= '1' && text[0] <= '5' && same_word(text.substr(1), "xx")) {
    const auto first = static_cast<std::uint16_t>((text[0] - '0') * 100);
    return Ends{Kind::answer, first, class_end(first)};
  }
  const auto status = [](std::string_view word) {
    return parse_count(word, least_status, most_status);
  };
  auto rest = text;
  const auto first = status(take_until(rest, "-"));
  const auto last = text.find('-') == std::string_view::npos ? first : status(rest);
  if (!first || !last || *last < *first) {
    return std::nullopt;
  }
  return Ends{Kind::answer, static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

// What stands between the commas, trimmed; one empty item for an empty text.
std::vector<std::string_view> items_of(std::string_view text) {
  std::vector<std::string_view> items;
  for (bool more = true; more;) {
    more = text.find(',') != std::string_view::npos;
    items.push_back(trim(take_until(text, ",")));
  }
  return items;
}

// A run of statuses in as few changes as say it: whole classes by their names.
void add_run(OutcomeChanges& changes, std::uint16_t first, std::uint16_t last, Outcome outcome) {
  while (first % 100 == 0 && first <= first_failure && class_end(first) <= last) {
    changes.push_back({{Kind::answer, first, class_end(first)}, outcome});
    if (class_end(first) == last) {
      return;
    }
    first = static_cast<std::uint16_t>(class_end(first) + 1);
  }
  changes.push_back({{Kind::answer, first, last}, outcome});
}

}  // namespace

OutcomeRules::OutcomeRules() {
  std::ranges::fill(others_, Outcome::failure);
  std::fill(statuses_.begin() + first_failure, statuses_.end(), Outcome::failure);
}

OutcomeRules OutcomeRules::with(const OutcomeChanges& changes) const {
  auto changed = *this;
  for (const auto& [ends, outcome] : changes) {
    if (ends.kind != Kind::answer) {
      changed.others_[static_cast<std::size_t>(ends.kind)] = outcome;
      continue;
    }
    ENSURE(least_status <= ends.first && ends.first <= ends.last && ends.last <= most_status);
    std::fill(changed.statuses_.begin() + ends.first, changed.statuses_.begin() + ends.last + 1,
              outcome);
  }
  return changed;
}

OutcomeChanges difference(const OutcomeRules& rules, const OutcomeRules& base) {
  OutcomeChanges changes;
  const auto changed = [&](int status) -> std::optional<Outcome> {
    const CallEnd end{Kind::answer, static_cast<std::uint16_t>(status)};
    return status <= most_status && rules.of(end) != base.of(end) ? std::optional(rules.of(end))
                                                                  : std::nullopt;
  };
  for (int first = least_status; first <= most_status; ++first) {
    const auto outcome = changed(first);
    if (!outcome) {
      continue;
    }
    int last = first;
    while (changed(last + 1) == outcome) {
      ++last;
    }
    add_run(changes, static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last), *outcome);
    first = last;
  }
  for (const auto kind :
       {Kind::timeout, Kind::reset, Kind::closed, Kind::connect_failed, Kind::bad_answer}) {
    if (const auto outcome = rules.of({kind, 0}); outcome != base.of({kind, 0})) {
      changes.push_back({{.kind = kind}, outcome});
    }
  }
  return changes;
}

std::string_view name(Outcome outcome) { return outcome_names[static_cast<std::size_t>(outcome)]; }

Result<Outcome> parse_outcome(std::string_view text) {
  const auto found = std::ranges::find_if(
      outcome_names, [&](std::string_view known) { return same_word(known, text); });
  if (found == outcome_names.end()) {
    return Error{quoted(text) + " is not success, failure or ignored",
                 did_you_mean(text, outcome_names)};
  }
  return static_cast<Outcome>(found - outcome_names.begin());
}

Result<Ends> parse_ends(std::string_view text) {
  const auto kind =
      std::ranges::find_if(end_names.begin() + 1, end_names.end(),
                           [&](std::string_view known) { return same_word(known, text); });
  if (kind != end_names.end()) {
    return Ends{.kind = static_cast<Kind>(kind - end_names.begin())};
  }
  if (const auto statuses = parse_statuses(text)) {
    return *statuses;
  }
  return Error{quoted(text) + " is not a result of a call",
               "write a status from 100 to 999 (404), a class from 1xx to 5xx, a range (400-404), "
               "or timeout, reset, closed, connect_failed, bad_answer"};
}

std::string format_ends(const Ends& ends) {
  if (ends.kind != Kind::answer) {
    return std::string(end_names[static_cast<std::size_t>(ends.kind)]);
  }
  if (ends.first == ends.last) {
    return std::to_string(ends.first);
  }
  if (ends.first % 100 == 0 && ends.first <= first_failure && ends.last == class_end(ends.first)) {
    return fmt::format("{}xx", ends.first / 100);
  }
  return fmt::format("{}-{}", ends.first, ends.last);
}

Result<OutcomeChanges> parse_outcome_changes(std::string_view text) {
  OutcomeChanges changes;
  for (const auto item : items_of(text)) {
    auto rest = item;
    const auto what = trim(take_until(rest, "="));
    if (item.find('=') == std::string_view::npos) {
      return Error{quoted(item) + " does not say what the result counts as",
                   "write 404=ignored: a result, =, and success, failure or ignored"};
    }
    const auto ends = parse_ends(what);
    if (!ends) {
      return ends.error();
    }
    const auto outcome = parse_outcome(trim(rest));
    if (!outcome) {
      return outcome.error();
    }
    changes.push_back({*ends, *outcome});
  }
  return changes;
}

std::string format_outcome_changes(const OutcomeChanges& changes) {
  std::string text;
  for (const auto& [ends, outcome] : changes) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", format_ends(ends), name(outcome));
  }
  return text;
}

Result<OutcomeChanges> parse_failure_statuses(std::string_view text) {
  OutcomeChanges changes{{Ends{}, Outcome::success}};
  if (trim(text) == "none") {
    return changes;
  }
  for (const auto item : items_of(text)) {
    const auto statuses = parse_statuses(item);
    if (!statuses) {
      return Error{quoted(item) + " is not an HTTP status",
                   "write statuses from 100 to 999, classes and ranges, such as 5xx,429"};
    }
    changes.push_back({*statuses, Outcome::failure});
  }
  return changes;
}

}  // namespace tripcurve
