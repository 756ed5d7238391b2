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

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

MarkedText to_marked_text(const Comparison& comparison) {
  MarkedText text = hang("Old  ", comparison.before) + hang("New  ", comparison.after);
  for (const auto& note : comparison.notes) {
    text += hang("  - ", note);
  }
  std::string where;
  for (const auto& change : comparison.changes) {
    if (change.where != where) {
      where = change.where;
      auto head = cut(where, 18);
      const auto names = numbers("", "old", "new", "change") + std::string(judgement_width, ' ');
      text += '\n' + hang(names, "confidence").replace(0, columns(head), head);
    }
    text += line_of(change);
  }
  const auto worse = std::ranges::count(comparison.changes, Judgement::worse, &Change::judgement);
  const auto limit = format_share(comparison.tolerance);
  const std::string title = "Verdict  ";
  const std::string regression = "REGRESSION";
  text += "\n";
  text +=
      worse == 0
          ? MarkedText(hang(
                title,
                fmt::format("no number is worse by more than {} (allowing for chance)", limit)))
          : MarkedText(hang(title, fmt::format("{}: {} {} worse by more than {}", regression, worse,
                                               worse == 1 ? "number is" : "numbers are", limit)))
                .mark(title.size(), regression.size(), Ink::bad);
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
                     {"regression", comparison.regressed()},
                     {"notes", comparison.notes},
                     {"changes", std::move(changes)}},
                2);
}

}  // namespace tripcurve::report
