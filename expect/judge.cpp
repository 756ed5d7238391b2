#include "expect/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/text.hpp"
#include "core/units.hpp"
#include "expect/comparison.hpp"
#include "expect/through_meaning.hpp"

namespace tripcurve::expect {
namespace {

using report::Judged;
using Result = Judged::Result;

bool from_below(Relation comparison) {
  return comparison == Relation::less || comparison == Relation::at_most ||
         comparison == Relation::equal;
}

// Of very many the first.
std::string words(const std::vector<breaker::State>& states) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(states.size(), most); ++i) {
    text += text.empty() ? "[" : ", ";
    text += breaker::name(states[i]);
  }
  return states.size() <= most
             ? text + "]"
             : text + fmt::format(", and {} more]", show_count(states.size() - most));
}

// How far a value is on the good side of its bound (+) or on the bad one (-).
std::string margin(double value, const Term& term, double bound, bool good) {
  const auto distance = std::abs(value - bound);
  const auto text = term.metric->unit == Unit::share ? fmt::format("{:.3g} points", distance * 100)
                    : term.metric->unit == Unit::duration && distance < 1e-6
                        ? std::string("0ms")
                        : show(distance, term.metric->unit);
  return distance == 0 ? text : (good ? "+" : "-") + text;
}

// What holds of `value` may not hold of more, or of less, than that.
bool may_be_lost(Relation comparison, double value, double bound, Certainty certainty) {
  switch (certainty) {
    case Certainty::exact:
      return false;
    case Certainty::at_least:
      return comparison == Relation::less || comparison == Relation::at_most ||
             comparison == Relation::equal || (comparison == Relation::different && value < bound);
    case Certainty::at_most:
      return comparison == Relation::greater || comparison == Relation::at_least ||
             comparison == Relation::equal || (comparison == Relation::different && value > bound);
  }
  return false;
}

// What does not hold of `value` may hold of more than that.
bool may_come(Relation comparison, double value, double bound) {
  switch (comparison) {
    case Relation::greater:
    case Relation::at_least:
    case Relation::different:
      return true;
    case Relation::equal:
      return value < bound;
    case Relation::less:
    case Relation::at_most:
      return false;
  }
  return false;
}

// The same of less than that.
bool may_shrink_to(Relation comparison, double value, double bound) {
  switch (comparison) {
    case Relation::less:
    case Relation::at_most:
    case Relation::different:
      return true;
    case Relation::equal:
      return bound < value;
    case Relation::greater:
    case Relation::at_least:
      return false;
  }
  return false;
}

std::string_view words(Certainty certainty) {
  switch (certainty) {
    case Certainty::at_least:
      return "at least ";
    case Certainty::at_most:
      return "at most ";
    case Certainty::exact:
      break;
  }
  return "";
}

// One term on one run.
class Judgement {
 public:
  Judgement(const Expectation& expectation, const Term& term, const report::Summary& summary)
      : expectation_(expectation), term_(term), summary_(summary) {}

  [[nodiscard]] Judged worst() const {
    const auto observations =
        observations_of(*term_.metric, summary_, expectation_.scope, term_.state);
    std::optional<Judged> worst;
    double worst_shortfall = 0;
    for (const auto& observation : observations) {
      const auto limit = bound(observation);
      auto one = judge(observation, limit);
      const auto rank = [](Result result) {
        return result == Result::fail ? 2 : result == Result::inconclusive ? 1 : 0;
      };
      const auto distance = shortfall(one, limit);
      if (!worst || rank(one.result) > rank(worst->result) ||
          (one.result == worst->result && distance > worst_shortfall)) {
        worst = std::move(one);
        worst_shortfall = distance;
      }
    }
    if (!worst) {
      worst = blank(bound({}));
      worst->reason = why_nothing();
    }
    return *std::move(worst);
  }

 private:
  [[nodiscard]] std::string why_nothing() const {
    if (!expectation_.scope.phase.empty()) {
      return "the run did not reach " + expectation_.scope.text();
    }
    if (!term_.metric->since_fault) {
      return "there was nothing to measure";
    }
    return summary_.facts.timetable.faults().empty()
               ? "it is measured from a fault, but no phase is worse than the upstream's normal "
                 "behaviour; add a phase such as 'outage 10s errors=100%', or name the phase to "
                 "measure from"
           : report::run_end(summary_.facts) > summary_.facts.timetable.faults().front().begin
               ? "no fault that the run reached affects the calls to it"
               : "the run ended before its first fault began";
  }

  [[nodiscard]] Judged blank(std::optional<double> limit) const {
    Judged one;
    one.text = term_.text;
    one.scope = expectation_.scope;
    one.place = expectation_.place;
    one.unit = name(term_.metric->unit);
    one.observed = "-";
    one.bound = bound_text(limit);
    return one;
  }

  // A relative bound is a share of the whole that was observed where the part was; none when that
  // was not measured.
  [[nodiscard]] std::optional<double> bound(const Observation& part) const {
    if (const auto* fixed = std::get_if<FixedBound>(&term_.bound)) {
      return fixed->value;
    }
    if (const auto* relative = std::get_if<RelativeBound>(&term_.bound)) {
      const auto wholes =
          observations_of(*relative->of, summary_, expectation_.scope, std::nullopt);
      const auto found = std::ranges::find_if(wholes, [&](const Observation& whole) {
        return wholes.size() == 1 ||
               (whole.stretch == part.stretch &&
                (!whole.breaker || !part.breaker || whole.breaker == part.breaker));
      });
      if (found != wholes.end() && found->value && found->samples > 0) {
        return relative->share * *found->value;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string bound_text(std::optional<double> bound) const {
    const auto written = std::string(symbol(term_.comparison)) + " ";
    if (const auto* states = std::get_if<std::vector<breaker::State>>(&term_.bound)) {
      return written + words(*states);
    }
    if (const auto* relative = std::get_if<RelativeBound>(&term_.bound)) {
      const auto of = fmt::format("{} of {}", format_share({relative->share}), relative->of->name);
      return bound ? written + show(*bound, term_.metric->unit) + " (" + of + ")" : written + of;
    }
    return written + show(*bound, term_.metric->unit);
  }

  // By how much it misses its bound, for choosing the worst of several.
  [[nodiscard]] double shortfall(const Judged& one, std::optional<double> limit) const {
    if (!one.value || !limit) {
      return one.value ? 0 : 1e300;
    }
    const auto above = *one.value - *limit;
    switch (term_.comparison) {
      case Relation::less:
      case Relation::at_most:
        return above;
      case Relation::greater:
      case Relation::at_least:
        return -above;
      case Relation::equal:
        return std::abs(above);
      case Relation::different:
        return -std::abs(above);
    }
    return 0;
  }

  [[nodiscard]] Judged judge(const Observation& observation, std::optional<double> limit) const {
    auto one = judge_as_seen(observation, limit);
    if (auto why = not_seen(observation)) {
      one.result = Result::inconclusive;
      one.reason = about(observation, *why);
    }
    return one;
  }

  // What the service did there was observed from outside, and may be something else, or more.
  [[nodiscard]] std::optional<std::string> not_seen(const Observation& observation) const {
    if (!summary_.through || !is_of_observed_states(*term_.metric)) {
      return std::nullopt;
    }
    const auto dependency = observation.breaker.value_or(0);
    const auto& observed =
        dependency == 0 ? *summary_.through : summary_.dependencies[dependency - 1].observed;
    if (!observed.doubts.empty()) {
      return "what was observed may be something else than a breaker, as the verdict says";
    }
    // What came afterwards bounds when it happened.
    const bool known = observation.between || term_.metric->name == "false_opens";
    if (observed.unseen.empty() || known) {
      return std::nullopt;
    }
    return "its breaker may have been open unseen while the dependency took no connections, as the "
           "notes say";
  }

  [[nodiscard]] Judged judge_as_seen(const Observation& observation,
                                     std::optional<double> limit) const {
    auto one = blank(limit);
    one.samples = observation.samples;
    const bool said = observation.value || observation.never || term_.metric->unit == Unit::states;
    if (observation.samples == 0 || !said) {
      one.reason =
          about(observation, observation.why.empty() ? "there were no samples" : observation.why);
      return one;
    }
    if (term_.metric->unit == Unit::states) {
      return judge_states(observation, std::move(one));
    }
    if (!limit) {
      one.reason = "the other metric has no value to take a share of";
      return one;
    }
    if (observation.never) {
      return judge_never(observation, *limit, std::move(one));
    }
    one.value = observation.value;
    const auto value = *observation.value;
    const auto comparison = term_.comparison;
    const auto certainty = observation.certainty;
    one.observed = std::string(words(certainty)) + show(value, term_.metric->unit);
    if (summary_.through && observation.between) {
      one.observed = fmt::format("{}..{}", show(observation.between->first, term_.metric->unit),
                                 show(observation.between->second, term_.metric->unit));
    }
    const bool good = holds(value, comparison, *limit);
    one.margin = margin(value, term_, *limit, good);
    const bool doubtful =
        good ? may_be_lost(comparison, value, *limit, certainty)
             : (certainty == Certainty::at_least && may_come(comparison, value, *limit)) ||
                   (certainty == Certainty::at_most && may_shrink_to(comparison, value, *limit));
    if (const auto& between = observation.between;
        between &&
        holds(between->first, comparison, *limit) != holds(between->second, comparison, *limit)) {
      one.reason =
          about(observation, fmt::format("it was {}, and lies between {} and {}",
                                         summary_.through ? "observed from outside" : "sampled",
                                         show(between->first, term_.metric->unit),
                                         show(between->second, term_.metric->unit)));
    } else if (doubtful) {
      one.reason = about(observation, doubt(certainty));
    } else if (good) {  // what holds so far is not decided while the run goes on
      one.result = running() ? Result::inconclusive : Result::pass;
    } else if (!running() || term_.metric->course != Course::grows ||
               !may_come(comparison, value, *limit)) {
      one.result = Result::fail;
      one.reason = about(observation, observation.why);
    }
    return one;
  }

  // Why a value that is not exact decides nothing.
  [[nodiscard]] std::string doubt(Certainty certainty) const {
    return certainty == Certainty::at_most
               ? "it is the sum of several threads' numbers, so the true value may be lower; with "
                 "--threads 1 it is exact"
               : fmt::format(
                     "only the first {} transitions of the run were kept, so there may "
                     "have been more",
                     show_count(summary_.facts.events.size()));
  }

  [[nodiscard]] std::string time_was_short(double limit, const std::string& waited) const {
    return fmt::format("the run left only {} for it to happen, which is less than the bound of {}",
                       waited, show(limit, term_.metric->unit));
  }

  [[nodiscard]] Judged judge_never(const Observation& observation, double limit, Judged one) const {
    one.observed = "never";
    const auto waited = show(observation.waited, term_.metric->unit);
    if (from_below(term_.comparison)) {
      const bool too_late = observation.waited >= limit;
      one.result = too_late ? Result::fail : Result::inconclusive;
      one.margin = too_late ? "none in " + waited : "";
      one.reason = about(observation, too_late ? observation.why : time_was_short(limit, waited));
      return one;
    }
    const bool long_enough = observation.waited >= limit;
    one.result = long_enough && !running() ? Result::pass : Result::inconclusive;
    one.margin = long_enough ? "none in " + waited : "";
    if (!long_enough) {
      one.reason = about(observation, time_was_short(limit, waited));
    }
    return one;
  }

  [[nodiscard]] Judged judge_states(const Observation& observation, Judged one) const {
    const auto& wanted = std::get<std::vector<breaker::State>>(term_.bound);
    one.observed = words(observation.states);
    const bool same = observation.states == wanted;
    const bool good = same == (term_.comparison == Relation::equal);
    const auto [seen, want] = std::ranges::mismatch(observation.states, wanted);
    const bool on_its_way = seen == observation.states.end();  // more may come
    if (observation.certainty == Certainty::at_least && on_its_way) {
      one.reason = about(observation, doubt(observation.certainty));
      return one;
    }
    if (running() && (good || on_its_way)) {
      return one;
    }
    one.result = good ? Result::pass : Result::fail;
    if (!good && !same) {
      const auto step = seen - observation.states.begin() + 1;
      one.reason = about(
          observation,
          want == wanted.end() ? fmt::format("after these it changed to {}", breaker::name(*seen))
          : seen == observation.states.end()
              ? fmt::format("it never reached state {}, {}", step, breaker::name(*want))
              : fmt::format("state {} was {} instead of {}", step, breaker::name(*seen),
                            breaker::name(*want)));
    }
    return one;
  }

  [[nodiscard]] bool running() const { return summary_.facts.ending == report::Ending::running; }

  [[nodiscard]] static std::string about(const Observation& observation, const std::string& why) {
    return observation.subject.empty() ? why
           : why.empty()               ? observation.subject
                                       : observation.subject + ": " + why;
  }

  const Expectation& expectation_;
  const Term& term_;
  const report::Summary& summary_;
};

}  // namespace

std::vector<Judged> judge(std::span<const Expectation> expectations,
                          const report::Summary& summary) {
  std::vector<Judged> judged;
  for (const auto& expectation : expectations) {
    for (const auto& term : expectation.terms) {
      judged.push_back(Judgement(expectation, term, summary).worst());
    }
  }
  return judged;
}

}  // namespace tripcurve::expect
