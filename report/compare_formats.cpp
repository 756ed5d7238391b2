#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/compare.hpp"
#include "report/json_values.hpp"
#include "report/layout.hpp"

namespace tripcurve::report {
namespace {

using Json = nlohmann::ordered_json;
using Judgement = Change::Judgement;

std::string_view unit(Measure measure) {
  switch (measure) {
    case Measure::share:
      return "share";
    case Measure::duration:
      return "ms";
    case Measure::count:
      return "count";
  }
  return "unknown";
}

std::string value_text(const std::optional<double>& value, Measure measure) {
  if (!value) {
    return "never";
  }
  switch (measure) {
    case Measure::share:
      return show_share(*value);
    case Measure::duration:
      return show_duration(Duration(static_cast<Duration::rep>(*value * 1e6)));
    case Measure::count:
      return show_count(static_cast<std::uint64_t>(*value));
  }
  return "unknown";
}

std::string change_text(const Change& change) {
  if (!change.change) {
    return "";
  }
  return change.measure == Measure::share ? fmt::format("{:+.1f} points", 100 * *change.change)
                                          : fmt::format("{:+.1f}%", 100 * *change.change);
}

std::string judgement_text(Judgement judgement) {
  switch (judgement) {
    case Judgement::worse:
      return "WORSE";
    case Judgement::differs:
      return "DIFFERS";
    case Judgement::better:
    case Judgement::unclear:
    case Judgement::same:
      return std::string(name(judgement));
    case Judgement::neither:
      return "";
  }
  return "unknown";
}

Ink ink_of(Judgement judgement) {
  switch (judgement) {
    case Judgement::worse:
    case Judgement::differs:
      return Ink::bad;
    case Judgement::better:
      return Ink::good;
    case Judgement::unclear:
      return Ink::caution;
    case Judgement::same:
    case Judgement::neither:
      return Ink::plain;
  }
  return Ink::plain;
}

// The numbers of a change, up to what is judged of them.
std::string numbers(std::string_view metric, std::string_view before, std::string_view after,
                    std::string_view change) {
  return "  " + left(metric, 17) + right(before, 9) + right(after, 9) + right(change, 13) + "  ";
}

constexpr std::size_t judgement_width = 8;

MarkedText line_of(const Change& change) {
  const auto begin = numbers(change.metric, value_text(change.before, change.measure),
                             value_text(change.after, change.measure), change_text(change));
  const auto judgement = judgement_text(change.judgement);
  return MarkedText(hang(begin + left(judgement, judgement_width), change.confidence))
      .mark(begin.size(), judgement.size(), ink_of(change.judgement));
}

// What the two results are called, and what is said of them.
struct Words {
  std::string_view before, after, before_title, after_title;
  std::string_view title, failure, is_so, are_so;
};

const Words& words_of(Asked asked) {
  static constexpr Words no_worse{"old",       "new",        "Old  ",    "New  ",
                                  "Verdict  ", "REGRESSION", "is worse", "are worse"};
  static constexpr Words the_same{"simulated", "run",       "Simulated  ", "Run        ",
                                  "Check  ",   "DIFFERENT", "differs",     "differ"};
  return asked == Asked::no_worse ? no_worse : the_same;
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

MarkedText to_marked_text(const Comparison& comparison) {
  const auto& words = words_of(comparison.asked);
  MarkedText text = hang(std::string(words.before_title), comparison.before) +
                    hang(std::string(words.after_title), comparison.after);
  for (const auto& note : comparison.notes) {
    text += hang("  - ", note);
  }
  std::string where;
  for (const auto& change : comparison.changes) {
    if (change.where != where) {
      where = change.where;
      auto head = cut(where, 18);
      const auto names =
          numbers("", words.before, words.after, "change") + std::string(judgement_width, ' ');
      text += '\n' + hang(names, "confidence").replace(0, columns(head), head);
    }
    text += line_of(change);
  }
  const auto bad = std::ranges::count_if(comparison.changes, [](const Change& change) {
    return ink_of(change.judgement) == Ink::bad;
  });
  const auto limit = format_share(comparison.tolerance);
  const std::string title(words.title);
  text += "\n";
  text += bad == 0
              ? MarkedText(hang(title, fmt::format("no number {} by more than {} (allowing for "
                                                   "chance)",
                                                   words.is_so, limit)))
              : MarkedText(hang(title, fmt::format("{}: {} {} {} by more than {}", words.failure,
                                                   bad, bad == 1 ? "number" : "numbers",
                                                   bad == 1 ? words.is_so : words.are_so, limit)))
                    .mark(title.size(), words.failure.size(), Ink::bad);
  return text;
}

std::string to_text(const Comparison& comparison) { return to_marked_text(comparison).text; }

std::string to_json(const Comparison& comparison) {
  auto changes = Json::array();
  for (const auto& change : comparison.changes) {
    changes.push_back({{"where", change.where},
                       {"metric", change.metric},
                       {"unit", unit(change.measure)},
                       {"old", number_or_null(change.before)},
                       {"new", number_or_null(change.after)},
                       {"change", number_or_null(change.change)},
                       {"confidence", change.confidence},
                       {"judgement", name(change.judgement)}});
  }
  return render(Json{{"old", comparison.before},
                     {"new", comparison.after},
                     {"tolerance", comparison.tolerance.value},
                     {"regression", comparison.failed()},
                     {"notes", comparison.notes},
                     {"changes", std::move(changes)}},
                2);
}

}  // namespace tripcurve::report
