#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "core/plural.hpp"
#include "report/intervals.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

using Json = nlohmann::ordered_json;
using Judgement = Change::Judgement;

enum class Better : std::uint8_t { lower, higher, neither };

using IdentityKey = std::tuple<std::uint32_t, std::string_view, std::string_view>;

IdentityKey key_of(const load::BreakerIdentity& identity) {
  return {identity.instance, identity.endpoint, identity.name};
}

// Each breaker by its identity, so that it is found among many without a look at all of them.
std::map<IdentityKey, const BreakerSummary*> index_of(const std::vector<BreakerSummary>& breakers) {
  std::map<IdentityKey, const BreakerSummary*> index;
  for (const auto& breaker : breakers) {
    index.emplace(key_of(breaker.identity), &breaker);
  }
  return index;
}

std::string phase_text(const Phase& phase) {
  return fmt::format("'{}' of {}{}", phase.name, format_duration(phase.end - phase.begin),
                     phase.fault ? " with a fault" : "");
}

std::optional<Error> different_phases(const Summary& before, const Summary& after) {
  const auto& old_phases = before.facts.timetable.phases();
  const auto& new_phases = after.facts.timetable.phases();
  const std::string hint = "compare two runs of the same phases";
  if (old_phases.size() != new_phases.size()) {
    return Error{fmt::format("the old run has {} and the new one has {}",
                             count_of(old_phases.size(), "phase"), new_phases.size()),
                 hint};
  }
  for (std::size_t i = 0; i < old_phases.size(); ++i) {
    const auto was = phase_text(old_phases[i]);
    const auto is = phase_text(new_phases[i]);
    if (was != is) {
      return Error{fmt::format("phase {} was {} and is now {}", i + 1, was, is), hint};
    }
  }
  return std::nullopt;
}

std::string shown(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The settings of an experiment by their paths ("load.rate"), in the order of its file.
class Settings {
 public:
  explicit Settings(const RunFacts& facts) : facts_(facts) {
    const auto value = Json::parse(facts.experiment_json, nullptr, /*allow_exceptions=*/false);
    add(value, "");
    add_breaker_settings();
  }

  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
  [[nodiscard]] const std::string* find(const std::string& path) const {
    const auto found = values_.find(path);
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  void add(const Json& value, const std::string& path) {
    if (path.empty() && value.empty()) {
      return;
    }
    if (!value.is_structured() || value.empty()) {
      put(path, shown(value.is_structured() ? Json() : value));
      return;
    }
    for (const auto& [key, member] : value.items()) {
      if (auto inner = path.empty() ? key : path + "." + key; inner != "seed") {  // is told apart
        add(member, inner);
      }
    }
    if (path == breaker_) {
      add_breaker_settings();
    }
  }

  // Those left at their default, too.
  void add_breaker_settings() {
    for (const auto& [key, setting] : facts_.breaker_settings) {
      put(std::string(breaker_) + "." + key, setting);
    }
  }

  void put(const std::string& path, const std::string& value) {
    if (values_.insert_or_assign(path, value).second) {
      paths_.push_back(path);
    }
  }

  static constexpr std::string_view breaker_ = "client.breaker";
  const RunFacts& facts_;
  std::vector<std::string> paths_;
  std::unordered_map<std::string, std::string> values_;
};

// "load.rate was 100/s, is 200/s".
std::vector<std::string> different_settings(const RunFacts& before, const RunFacts& after) {
  const Settings was(before);
  const Settings is(after);
  std::vector<std::string> notes;
  const auto add = [&](const std::string& path) {
    const auto* old_value = was.find(path);
    const auto* new_value = is.find(path);
    const auto words = [](const std::string* value) { return value ? *value : "not set"; };
    if (words(old_value) != words(new_value)) {
      notes.push_back(fmt::format("{} was {}, is {}", path, words(old_value), words(new_value)));
    }
  };
  for (const auto& path : was.paths()) {
    add(path);
  }
  for (const auto& path : is.paths()) {
    if (was.find(path) == nullptr) {
      add(path);
    }
  }
  return shortened(
      notes, [](std::size_t left_out) { return fmt::format("... {} more settings", left_out); });
}

std::vector<std::string> notes_on(const Summary& before, const Summary& after, Asked asked) {
  std::vector<std::string> notes;
  const auto add = [&](const char* what, const auto& was, const auto& is) {
    if (was != is) {
      notes.push_back(fmt::format("{} was {}, is {}", what, was, is));
    }
  };
  if (asked == Asked::no_worse) {
    add("the command", before.facts.command, after.facts.command);
  }
  add("tripcurve's version", before.facts.tool_version, after.facts.tool_version);
  add("the seed", before.facts.seed, after.facts.seed);
  add("the verdict", name(before.verdict.result), name(after.verdict.result));
  const auto settings = different_settings(before.facts, after.facts);
  notes.insert(notes.end(), settings.begin(), settings.end());
  for (const auto& [which, summary] : {std::pair{"old", &before}, std::pair{"new", &after}}) {
    if (summary->facts.ending != Ending::completed) {
      notes.push_back(fmt::format("the {} run was not completed", which));
    }
    for (const auto& doubt : summary->doubts) {
      notes.push_back(fmt::format("the {} run's own load is in doubt: {}", which, doubt));
    }
  }
  return notes;
}

class Comparer {
 public:
  // With the same seed the same requests meet the same faults, so what is measured once can be
  // compared; with another it may be chance.
  Comparer(Share tolerance, bool same_seed, Asked asked)
      : tolerance_(tolerance.value), same_seed_(same_seed), asked_(asked) {}

  void share(const std::string& where, const char* metric, Better better, std::uint64_t old_part,
             std::uint64_t old_whole, std::uint64_t new_part, std::uint64_t new_whole) {
    if (old_whole == 0 || new_whole == 0) {
      return;
    }
    Change change{.where = where,
                  .metric = metric,
                  .measure = Measure::share,
                  .before = static_cast<double>(old_part) / static_cast<double>(old_whole),
                  .after = static_cast<double>(new_part) / static_cast<double>(new_whole)};
    change.change = *change.after - *change.before;
    const auto interval = newcombe(old_part, old_whole, new_part, new_whole);
    change.confidence = fmt::format("{:+.1f} to {:+.1f}", 100 * interval.low, 100 * interval.high);
    add(std::move(change), better, interval.low > 0 || interval.high < 0);
  }

  void percentile(const std::string& where, const char* metric, const PhaseSummary& was,
                  const PhaseSummary& is, Duration LatencyStats::* field, double q) {
    if (was.response.count == 0 || is.response.count == 0) {
      return;
    }
    Change change = measured(where, metric, Measure::duration, to_milliseconds(was.response.*field),
                             to_milliseconds(is.response.*field));
    const auto old_interval = rank_interval(was.distribution, q);
    const auto new_interval = rank_interval(is.distribution, q);
    if (!old_interval || !new_interval) {
      change.confidence = "too few answers";
      add(std::move(change), Better::lower, false);
      return;
    }
    const bool apart =
        old_interval->high < new_interval->low || new_interval->high < old_interval->low;
    const bool is_noise =
        asked_ == Asked::the_same && std::abs(*change.after - *change.before) <= answer_noise_ms;
    change.confidence = is_noise ? "within 1ms" : apart ? "intervals apart" : "intervals overlap";
    add(std::move(change), Better::lower, apart && !is_noise);
  }

  // Events among many, such as leaks among arrivals.
  void events(const std::string& where, const char* metric, std::uint64_t old_part,
              std::uint64_t old_whole, std::uint64_t new_part, std::uint64_t new_whole) {
    auto change = measured(where, metric, Measure::count, static_cast<double>(old_part),
                           static_cast<double>(new_part));
    bool significant = false;
    if (old_whole > 0 && new_whole > 0) {
      const auto interval = newcombe(old_part, old_whole, new_part, new_whole);
      significant = interval.low > 0 || interval.high < 0;
    }
    change.confidence = fmt::format("n={}, {}", old_whole, new_whole);
    add(std::move(change), Better::lower, significant);
  }

  // Measured once in each run; none: it never came.
  void once(const std::string& where, const char* metric, Measure measure, Better better,
            std::optional<double> was, std::optional<double> is) {
    if (!was && !is) {
      return;
    }
    auto change = measured(where, metric, measure, was, is);
    change.confidence = same_seed_ ? "n=1, same seed" : "n=1";
    if (was && is && measure == Measure::duration && std::abs(*is - *was) <= noise_ms) {
      change.change = 0;
    }
    const bool came_or_went = was.has_value() != is.has_value();
    add(std::move(change), better, same_seed_ || came_or_went);
  }

  [[nodiscard]] std::vector<Change> take() { return std::move(changes_); }

 private:
  static Change measured(const std::string& where, const char* metric, Measure measure,
                         std::optional<double> was, std::optional<double> is) {
    Change change{.where = where, .metric = metric, .measure = measure, .before = was, .after = is};
    if (was && is && (*was != 0 || *is == 0)) {
      change.change = *is == *was ? 0 : (*is - *was) / *was;
    }
    return change;
  }

  // Without a change that is a number, something came or went, which no tolerance covers. What
  // never came is above every number.
  void add(Change change, Better better, bool significant) {
    const bool up = change.change
                        ? *change.change > 0
                        : !change.after || (change.before && *change.after > *change.before);
    if (change.change && std::abs(*change.change) <= tolerance_) {
      change.judgement = Judgement::same;
    } else if (better == Better::neither && asked_ == Asked::no_worse) {
      change.judgement = Judgement::neither;
    } else if (!significant) {
      change.judgement = Judgement::unclear;
    } else if (asked_ == Asked::the_same) {
      change.judgement = Judgement::differs;
    } else {
      change.judgement = up == (better == Better::higher) ? Judgement::better : Judgement::worse;
    }
    changes_.push_back(std::move(change));
  }

  // What the scheduling of threads may do to a time on the wire.
  static constexpr double noise_ms = 10;
  static constexpr double answer_noise_ms = 1;

  double tolerance_;
  bool same_seed_;
  Asked asked_;
  std::vector<Change> changes_;
};

void compare_stretch(Comparer& comparer, const std::string& where, const PhaseSummary& was,
                     const PhaseSummary& is, bool whole_run) {
  const auto& a = was.counts;
  const auto& b = is.counts;
  comparer.share(where, "availability", Better::higher, a.ok, a.ended(), b.ok, b.ended());
  comparer.share(where, "failure share", Better::lower, a.failed(), a.ok + a.failed(), b.failed(),
                 b.ok + b.failed());
  // Failing fast is what a breaker is for in a fault and a loss outside of it.
  comparer.share(where, "fail-fast share",
                 whole_run || was.phase.fault ? Better::neither : Better::lower, a.fail_fast,
                 a.ended(), b.fail_fast, b.ended());
  comparer.percentile(where, "p50", was, is, &LatencyStats::p50, 0.5);
  comparer.percentile(where, "p99", was, is, &LatencyStats::p99, 0.99);
  if (was.upstream && is.upstream) {
    const auto& old_upstream = *was.upstream;
    const auto& new_upstream = *is.upstream;
    // Fewer are less strain, or a breaker that does not notice that the upstream is back.
    comparer.once(where, "upstream requests", Measure::count, Better::neither,
                  static_cast<double>(old_upstream.requests),
                  static_cast<double>(new_upstream.requests));
    comparer.events(where, "leaked", old_upstream.leaked_while_open, old_upstream.requests,
                    new_upstream.leaked_while_open, new_upstream.requests);
  }
}

std::optional<double> in_milliseconds(const std::optional<Duration>& d) {
  return d ? std::optional(to_milliseconds(*d)) : std::nullopt;
}

void compare_breaker(Comparer& comparer, const BreakerSummary& was, const BreakerSummary& is) {
  const auto& name = was.identity.name;
  // More openings are worse where they are flapping and better where there was none.
  comparer.once(name, "opens", Measure::count, Better::neither, static_cast<double>(was.opens),
                static_cast<double>(is.opens));
  const auto faults = std::min(was.reactions.size(), is.reactions.size());
  // A breaker that did not open for a fault had nothing to close after it.
  const auto closed_after = [](const Reaction& reaction) {
    return reaction.opened ? reaction.time_to_close : std::nullopt;
  };
  for (std::size_t i = 0; i < faults; ++i) {
    const auto& fault = was.reactions[i].fault;
    const auto where =
        faults == 1 ? name
                    : name + ", the fault at " + format_duration(fault.begin.time_since_epoch());
    comparer.once(where, "time to open", Measure::duration, Better::lower,
                  in_milliseconds(was.reactions[i].time_to_open),
                  in_milliseconds(is.reactions[i].time_to_open));
    comparer.once(where, "time to close", Measure::duration, Better::lower,
                  in_milliseconds(closed_after(was.reactions[i])),
                  in_milliseconds(closed_after(is.reactions[i])));
  }
}

}  // namespace

std::string_view name(Change::Judgement judgement) {
  switch (judgement) {
    case Judgement::same:
      return "same";
    case Judgement::unclear:
      return "unclear";
    case Judgement::better:
      return "better";
    case Judgement::worse:
      return "worse";
    case Judgement::neither:
      return "neither";
    case Judgement::differs:
      return "differs";
  }
  return "unknown";
}

bool Comparison::failed() const {
  return std::ranges::any_of(changes, [](const Change& change) {
    return change.judgement == Judgement::worse || change.judgement == Judgement::differs;
  });
}

Result<Comparison> compare(const Summary& before, const Summary& after, Share tolerance,
                           Asked asked) {
  if (const auto error = different_phases(before, after)) {
    return *error;
  }
  Comparison comparison{.before = title(before.facts),
                        .after = title(after.facts),
                        .asked = asked,
                        .tolerance = tolerance,
                        .notes = notes_on(before, after, asked)};
  Comparer comparer(tolerance, before.facts.seed == after.facts.seed, asked);
  compare_stretch(comparer, "the run", before.totals, after.totals, true);
  for (std::size_t i = 0; i < before.phases.size(); ++i) {
    compare_stretch(comparer, "phase " + before.phases[i].phase.name, before.phases[i],
                    after.phases[i], false);
  }
  const auto by_identity = index_of(after.breakers);
  for (const auto& was : before.breakers) {
    const auto is = by_identity.find(key_of(was.identity));
    if (is != by_identity.end()) {
      compare_breaker(comparer, was, *is->second);
    } else {
      comparison.notes.push_back("the new run has no breaker " + was.identity.name);
    }
  }
  comparison.changes = comparer.take();
  return comparison;
}

}  // namespace tripcurve::report
