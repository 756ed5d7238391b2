#include "replay/expectations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "expect/comparison.hpp"
#include "replay/replay.hpp"
#include "replay/words.hpp"

namespace tripcurve::replay {
namespace {

using expect::Relation;
using expect::Unit;
using Value = Metric::Value;

Value exact(std::uint64_t count) { return {.value = static_cast<double>(count)}; }
Value exact(Duration time) { return {.value = to_milliseconds(time)}; }

// As far as transitions were kept.
Value counted(const Outcomes& outcomes, std::uint64_t count) {
  return {.value = static_cast<double>(count), .may_be_more = !outcomes.is_complete};
}

Value share_of(const std::optional<double>& share, const char* why) {
  return {.value = share, .why = share ? "" : why};
}

// A number of 30 days, from those that were recorded.
Value monthly(const Findings& findings, const Outcomes& outcomes, const std::optional<double>& rate,
              const std::optional<Interval>& interval) {
  if (!findings.block() || !interval) {
    return {.why = outcomes.is_complete ? "the trace is shorter than five hours"
                                        : "not all transitions were kept"};
  }
  return {.value = rate, .between = std::pair(interval->low, interval->high)};
}

std::uint64_t missed_incidents(const Outcomes& outcomes) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      outcomes.responses, [](const Response& response) { return !response.first_trip; }));
}

Value slowest_trip(const Outcomes& outcomes) {
  if (missed_incidents(outcomes) > 0) {
    return {.may_be_more = !outcomes.is_complete, .never = true, .why = "an incident was missed"};
  }
  const auto slowest = std::ranges::max_element(outcomes.responses, {}, &Response::first_trip);
  return exact(std::max(*slowest->first_trip, Duration{}));
}

constexpr std::array<Metric, 15> table{{
    {"trips", Unit::count, "openings out of closed", false,
     [](const Findings&, const Outcomes& o) { return exact(o.trip_count); }},
    {"false_trips", Unit::count, "trips that overlap no incident", true,
     [](const Findings&, const Outcomes& o) { return counted(o, false_trips(o)); }},
    {"missed_incidents", Unit::count, "incidents that no trip overlaps", true,
     [](const Findings&, const Outcomes& o) {
       return o.is_complete || missed_incidents(o) == 0
                  ? exact(missed_incidents(o))
                  : Value{.why = "not all transitions were kept"};
     }},
    {"time_to_trip", Unit::duration, "from an incident's begin to its first trip, the longest",
     true, [](const Findings&, const Outcomes& o) { return slowest_trip(o); }},
    {"reopened", Unit::count, "openings out of half-open", false,
     [](const Findings&, const Outcomes& o) { return exact(o.reopened); }},
    {"time_open", Unit::duration, "how long breakers were open, together", false,
     [](const Findings&, const Outcomes& o) { return exact(o.open); }},
    {"rejected", Unit::count, "calls that it would have rejected", false,
     [](const Findings&, const Outcomes& o) { return exact(o.total.rejected); }},
    {"calls_saved", Unit::count, "rejected calls that had failed", false,
     [](const Findings&, const Outcomes& o) { return exact(o.total.rejected_failed); }},
    {"waiting_saved", Unit::duration, "how long rejected calls had taken, together", false,
     [](const Findings&, const Outcomes& o) { return exact(o.spared); }},
    {"good_calls_lost", Unit::count, "rejected calls that had not failed", false,
     [](const Findings&, const Outcomes& o) {
       return exact(o.total.rejected - o.total.rejected_failed);
     }},
    {"good_calls_lost_outside", Unit::count, "of these, those outside of incidents", true,
     [](const Findings&, const Outcomes& o) {
       return exact(o.outside.rejected - o.outside.rejected_failed);
     }},
    {"precision", Unit::share, "the share of the rejected calls that had failed", false,
     [](const Findings&, const Outcomes& o) {
       return share_of(precision(o.sum), "no call was rejected");
     }},
    {"recall", Unit::share, "the share of the failed calls that were rejected", false,
     [](const Findings&, const Outcomes& o) {
       return share_of(recall(o.sum), "no call had failed");
     }},
    {"trips_per_month", Unit::ratio, "trips in 30 days", false,
     [](const Findings& f, const Outcomes& o) {
       return monthly(f, o, trips_per_month(o.sum), o.trips_per_month);
     }},
    {"false_trips_per_month", Unit::ratio, "false trips in 30 days", true,
     [](const Findings& f, const Outcomes& o) {
       return monthly(f, o, false_trips_per_month(o.sum), o.false_trips_per_month);
     }},
}};

Result<const Metric*> find_metric(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Metric::name);
  if (found != table.end()) {
    return &*found;
  }
  std::vector<std::string_view> names;
  for (const auto& metric : table) {
    names.push_back(metric.name);
  }
  return Error{"a replay has no metric " + quoted(name), did_you_mean(name, names)};
}

// "B: recall >= 80%": takes "B:" off the front.
Result<std::optional<std::size_t>> take_setting(std::string_view& text, std::size_t settings) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return std::optional<std::size_t>();
  }
  const auto given = trim(text.substr(0, colon));
  for (std::size_t i = 0; i < settings; ++i) {
    if (letter(i) == given) {
      text = trim(text.substr(colon + 1));
      return std::optional(i);
    }
  }
  return Error{
      "there is no setting " + quoted(given),
      settings == 1 ? "the only one is A" : fmt::format("they are A to {}", letter(settings - 1))};
}

Judgement judgement_of(const Expectation& expectation, const Value& value) {
  const auto holds = [&](double observed) {
    return expect::holds(observed, expectation.relation, expectation.bound);
  };
  if (value.never && !value.may_be_more) {
    return Judgement::fail;
  }
  if (!value.value) {
    return Judgement::inconclusive;
  }
  if (value.between && holds(value.between->first) != holds(value.between->second)) {
    return Judgement::inconclusive;
  }
  const bool good = holds(*value.value);
  if (!value.may_be_more) {
    return good ? Judgement::pass : Judgement::fail;
  }
  // More of it can only break an upper bound, and only keep a lower one.
  if (expectation.relation == Relation::equal || expectation.relation == Relation::different) {
    return Judgement::inconclusive;
  }
  const bool from_above =
      expectation.relation == Relation::greater || expectation.relation == Relation::at_least;
  return good == from_above ? (good ? Judgement::pass : Judgement::fail) : Judgement::inconclusive;
}

std::string observed_text(const Metric& metric, const Value& value) {
  if (!value.value) {
    return value.why;
  }
  auto text = (value.may_be_more ? "at least " : "") + expect::show(*value.value, metric.unit);
  if (value.between) {
    text += fmt::format(" ({} to {})", expect::show(value.between->first, metric.unit),
                        expect::show(value.between->second, metric.unit));
  }
  return text;
}

}  // namespace

std::span<const Metric> metrics() { return table; }

Result<Expectation> parse_expectation(std::string_view given, std::size_t settings,
                                      bool has_incidents) {
  auto text = trim(given);
  const auto setting = take_setting(text, settings);
  if (!setting) {
    return setting.error();
  }
  const auto cut = expect::parse_comparison(text);
  if (!cut) {
    return Error{cut.error().message, "write a metric, a comparison and a bound: false_trips <= 1"};
  }
  const auto metric = find_metric(cut->metric);
  if (!metric) {
    return metric.error();
  }
  const auto bound = expect::parse_bound(cut->bound, (*metric)->name, (*metric)->unit);
  if (!bound) {
    return bound.error();
  }
  if ((*metric)->needs_incidents && !has_incidents) {
    return Error{fmt::format("{} is about incidents, and none is marked", cut->metric),
                 "mark when something was wrong: --incident 'BEGIN/END NAME'"};
  }
  return Expectation{
      .metric = *metric,
      .relation = cut->relation,
      .bound = *bound,
      .setting = *setting,
      .text = fmt::format("{} {} {}", cut->metric, expect::symbol(cut->relation), cut->bound)};
}

std::string_view name(Judgement judgement) {
  switch (judgement) {
    case Judgement::pass:
      return "pass";
    case Judgement::fail:
      return "fail";
    case Judgement::inconclusive:
      return "inconclusive";
  }
  return "";
}

std::vector<Judged> judge(const Findings& findings) {
  std::vector<Judged> all;
  for (const auto& expectation : findings.plan.expectations) {
    for (std::size_t i = 0; i < findings.outcomes.size(); ++i) {
      if (expectation.setting.value_or(i) == i) {
        const auto value = expectation.metric->of(findings, findings.outcomes[i]);
        all.push_back({i, &expectation, judgement_of(expectation, value),
                       observed_text(*expectation.metric, value)});
      }
    }
  }
  return all;
}

Judgement verdict(const std::vector<Judged>& all) {
  for (const auto judgement : {Judgement::fail, Judgement::inconclusive}) {
    if (std::ranges::find(all, judgement, &Judged::judgement) != all.end()) {
      return judgement;
    }
  }
  return Judgement::pass;
}

}  // namespace tripcurve::replay
