#include "probe/choosing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace tripcurve::probe {
namespace {

using Kind = Step::Kind;

constexpr std::size_t few_leaders = 14;
constexpr std::size_t many_leaders = 64;
constexpr std::size_t second_look = 8;  // of that many scripts
constexpr double least_bits = 0.04;
constexpr std::size_t most_repetitions = 4;
constexpr double start_s = 0.2;  // what every experiment costs, however short

Duration seconds(double s) { return Duration(std::llround(s * 1e3) * 1'000'000); }

Step fail(std::uint32_t count) { return {.kind = Kind::fail, .count = count}; }
Step succeed(std::uint32_t count) { return {.kind = Kind::succeed, .count = count}; }
Step until() { return {.kind = Kind::until, .count = most_failures}; }
Step pause(double s) { return {.kind = Kind::pause, .length = seconds(s)}; }

// Values of the likeliest on such axes, each once, in order.
template <typename Wanted>
std::vector<double> values_on(const Belief& belief, const std::vector<const Hypothesis*>& leaders,
                              Wanted wanted) {
  std::vector<double> values;
  for (const auto* leader : leaders) {
    const auto& axes = belief.forms()[leader->form].axes;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (wanted(axes[i])) {
        values.push_back(leader->point[i]);
      }
    }
  }
  std::ranges::sort(values);
  const auto doubled = std::ranges::unique(values);
  values.erase(doubled.begin(), doubled.end());
  return values;
}

// At most `most` of them, evenly.
std::vector<double> some_of(const std::vector<double>& values, std::size_t most) {
  std::vector<double> some;
  const auto count = std::min(most, values.size());
  for (std::size_t i = 0; i < count; ++i) {
    some.push_back(values[count == 1 ? 0 : i * (values.size() - 1) / (count - 1)]);
  }
  return some;
}

// Below the least, and between each two.
std::vector<double> middles_of(const std::vector<double>& values) {
  std::vector<double> middles;
  for (std::size_t i = 0; i < values.size(); ++i) {
    middles.push_back(i == 0 ? values[0] * 0.9 : (values[i - 1] + values[i]) / 2);
  }
  if (!values.empty()) {
    middles.push_back(values.back() * 1.1);
  }
  return middles;
}

class Pool {
 public:
  void add(std::vector<Step> steps) {
    std::erase_if(steps, [](const Step& step) {
      return (step.kind == Kind::fail || step.kind == Kind::succeed) && step.count == 0;
    });
    const auto last = steps.back().kind;
    if (last != Kind::until && last != Kind::in_turn) {
      steps.push_back(until());
    }
    Script script{.steps = std::move(steps)};
    if (std::ranges::find(scripts_, script) == scripts_.end()) {
      scripts_.push_back(std::move(script));
    }
  }
  [[nodiscard]] std::vector<Script> take() { return std::move(scripts_); }

 private:
  std::vector<Script> scripts_;
};

void add_openings(Pool& pool, std::uint32_t n, const std::vector<double>& windows) {
  for (const std::uint32_t before : {0U, n / 2, n, 3 * n, 8 * n}) {
    if (before <= 400) {
      pool.add({succeed(before), until()});
    }
  }
  for (const std::uint32_t good : {1U, n}) {
    pool.add({fail(n - 1), succeed(good), until()});
  }
  pool.add({fail(n / 2), succeed(n), until()});
  for (const double window : windows) {
    pool.add({fail(n - 1), pause(window), until()});
    pool.add({fail(n / 2), pause(window * 0.6), fail(n - 1 - n / 2), pause(window * 0.6), until()});
    pool.add({succeed(n), pause(window), until()});
  }
  constexpr std::array shares{std::pair{1U, 1U}, std::pair{1U, 2U}, std::pair{2U, 1U},
                              std::pair{1U, 3U}, std::pair{3U, 1U}, std::pair{1U, 4U},
                              std::pair{4U, 1U}, std::pair{1U, 9U}, std::pair{9U, 1U},
                              std::pair{2U, 3U}, std::pair{3U, 2U}};
  for (const auto& [bad, good] : shares) {
    pool.add({{.kind = Kind::in_turn, .count = bad, .other = good}, until()});
  }
}

// A full window of calls: how many it has, and how many of them must fail to open the breaker.
struct FullWindow {
  double calls = 0;
  double failures = 0;
};

std::vector<FullWindow> full_windows_of(const std::vector<const Hypothesis*>& leaders) {
  std::vector<FullWindow> windows;
  for (const auto* leader : leaders) {
    for (const auto& rule : leader->choice.facts().trips) {
      if (rule.window_calls > 0) {
        const auto calls = static_cast<double>(rule.window_calls);
        const bool is_share = rule.kind == breaker::TripRule::Kind::share;
        windows.push_back({calls, is_share ? std::ceil(rule.share * calls - 1e-9)
                                           : static_cast<double>(rule.failures)});
      }
    }
  }
  return windows;
}

// The values of one of them, each once, in order.
std::vector<double> values_of(const std::vector<FullWindow>& windows, double FullWindow::* of) {
  std::set<double> values;
  for (const auto& window : windows) {
    values.insert(window.*of);
  }
  return {values.begin(), values.end()};
}

// How many failures open a full window, and when the first of them leave it.
void add_windows_of_calls(Pool& pool, const std::vector<FullWindow>& windows) {
  constexpr double longest = 400;
  const auto calls = values_of(windows, &FullWindow::calls);
  const auto failures = values_of(windows, &FullWindow::failures);
  for (const double size : middles_of(some_of(calls, 5))) {
    const auto fill = static_cast<std::uint32_t>(std::min(calls.back(), longest));
    const auto of_size = static_cast<std::uint32_t>(std::min(size, longest));
    pool.add({succeed(of_size / 2), until()});
    pool.add({succeed(of_size), until()});
    for (const double needed : some_of(failures, 3)) {
      const auto before = static_cast<std::uint32_t>(needed - 1);
      if (before >= 1 && before + 1 < of_size) {
        pool.add({succeed(fill), fail(before), succeed(of_size - before - 1), until()});
      }
    }
  }
}

void add_recoveries(Pool& pool, const Hint& hint, const std::vector<double>& open_times) {
  const double over = hint.open_most * 1.05 + 0.02;
  for (const double time : middles_of(open_times)) {
    pool.add({until(), pause(time), succeed(1), until()});
  }
  const double width = hint.open_most - hint.open_least;
  pool.add({until(),
            pause(hint.open_least * 0.98),
            {.kind = Kind::poll, .count = 40, .length = seconds(std::max(width / 12, 0.005))},
            until()});
  for (const std::uint32_t good : {1U, 2U, 3U, 4U, 5U, 6U, 9U, 10U, 11U}) {
    pool.add({until(), pause(over), succeed(good), until()});
  }
  pool.add({until(), pause(over), {.kind = Kind::together, .count = 12}, until()});
  constexpr std::array mixed{std::pair{0U, 1U}, std::pair{1U, 1U}, std::pair{2U, 1U},
                             std::pair{0U, 2U}, std::pair{5U, 4U}};
  for (const auto& [good, bad] : mixed) {
    pool.add({until(), pause(over), succeed(good), fail(bad), succeed(12), until()});
  }
  pool.add({until(),
            pause(over),
            fail(1),
            {.kind = Kind::poll, .count = 80, .other = 5, .length = seconds(over / 20)},
            until()});
  pool.add({until(),
            pause(over),
            {.kind = Kind::hold},
            {.kind = Kind::poll, .count = 12, .length = seconds(over / 4)},
            until()});
}

Entry as_entry(const Script& script, const Entry& like) {
  auto entry = like;
  entry.script = script;
  return entry;
}

bool is_done(const Belief& belief, const Script& script) {
  return std::ranges::find(belief.log(), script, &Entry::script) != belief.log().end();
}

// Whether it could be made again as it was made then.
bool is_made_alike(const Entry& made, const Entry& like) {
  return made.counts && made.fresh == like.fresh &&
         made.recovery.has_value() == like.recovery.has_value();
}

std::size_t repetitions_in(const Belief& belief) {
  const auto& log = belief.log();
  std::size_t count = 0;
  for (auto entry = log.begin(); entry != log.end(); ++entry) {
    count +=
        std::ranges::find(log.begin(), entry, entry->script, &Entry::script) != entry ? 1U : 0U;
  }
  return count;
}

const Entry* made_once_and_contradicted(const Belief& belief, const Hypothesis& hypothesis,
                                        const Entry& like) {
  for (std::size_t i = 0; i < belief.log().size(); ++i) {
    const auto& made = belief.log()[i];
    if (hypothesis.fits[i] < contradiction && is_made_alike(made, like) &&
        std::ranges::count(belief.log(), made.script, &Entry::script) == 1) {
      return &made;
    }
  }
  return nullptr;
}

// What contradicts the likeliest is made once more, because what was seen may be wrong; but not
// again and again, as something else may be wrong. So is what alone speaks against a breaker that
// somebody asks about.
const Entry* doubted(const Belief& belief, const Entry& like) {
  if (repetitions_in(belief) >= most_repetitions) {
    return nullptr;
  }
  for (const auto& one : belief.all()) {
    if (belief.is_asked_about(one) && belief.contradictions_of(one) == 1) {
      if (const auto* made = made_once_and_contradicted(belief, one, like)) {
        return made;
      }
    }
  }
  return made_once_and_contradicted(belief, belief.best(), like);
}

double score(const Proposal& proposal) {
  return proposal.bits / (to_seconds(proposal.takes) + start_s);
}

}  // namespace

std::vector<Script> scripts_for(const Belief& belief, const Hint& hint) {
  const auto leaders = belief.leaders(many_leaders);
  const auto counts = values_on(
      belief, leaders, [](Axis axis) { return axis == Axis::threshold || axis == Axis::minimum; });
  const auto windows = values_on(belief, leaders, [](Axis axis) {
    return axis == Axis::window || axis == Axis::whole_window;
  });
  const auto opens = values_on(belief, leaders, [](Axis axis) {
    return axis == Axis::open || axis == Axis::whole_open || axis == Axis::interval;
  });
  std::vector<double> numbers{
      static_cast<double>((hint.fails + hint.attempts - 1) / hint.attempts)};
  for (const double count : some_of(counts, 3)) {
    if (std::ranges::find(numbers, count) == numbers.end()) {
      numbers.push_back(count);
    }
  }
  Pool pool;
  for (const double n : numbers) {
    if (n >= 1 && n <= most_failures) {
      add_openings(pool, static_cast<std::uint32_t>(n), middles_of(some_of(windows, 5)));
    }
  }
  add_windows_of_calls(pool, full_windows_of(leaders));
  add_recoveries(pool, hint, some_of(opens, 6));
  auto scripts = pool.take();
  // A call that the service tries again arrives again, and nobody can say that it is not another.
  const auto is_ambiguous = [&](const Script& script) {
    return hint.attempts > 1 &&
           std::ranges::find(script.steps, Kind::hold, &Step::kind) != script.steps.end();
  };
  std::erase_if(scripts, [&](const Script& script) {
    return is_done(belief, script) || is_ambiguous(script);
  });
  return scripts;
}

Proposal weigh_script(const Belief& belief, const std::vector<const Hypothesis*>& leaders,
                      const Entry& like) {
  Proposal proposal{.script = like.script};
  std::map<Seeing, double> outcomes;
  double total = 0;
  for (const auto* leader : leaders) {
    auto prediction = belief.predict(*leader, like);
    if (leader == leaders.front()) {
      proposal.takes = prediction.took;
      proposal.calls = prediction.calls;
    }
    outcomes[std::move(prediction.seen)] += leader->likelihood;
    total += leader->likelihood;
  }
  for (const auto& [seen, weight] : outcomes) {
    proposal.bits -= weight / total * std::log2(weight / total);
  }
  return proposal;
}

namespace {

// How many trials go out, if that is unclear and was not looked at: as all that is seen later
// begins with a recovery, much else can only be told when it is known.
std::optional<Proposal> crowd_of_trials(const Belief& belief, const Hint& hint, const Entry& like) {
  constexpr double unclear = 1;  // bits
  const auto has_crowd = [](const Script& script) {
    return std::ranges::find(script.steps, Kind::together, &Step::kind) != script.steps.end();
  };
  const auto scripts = scripts_for(belief, hint);
  const auto script = std::ranges::find_if(scripts, has_crowd);
  if (script == scripts.end() || belief.is_stopped()) {
    return std::nullopt;
  }
  const auto proposal = weigh_script(belief, belief.leaders(many_leaders), as_entry(*script, like));
  return proposal.bits >= unclear ? std::optional(proposal) : std::nullopt;
}

}  // namespace

std::optional<Proposal> best_proposal(const Belief& belief, const Hint& hint, const Entry& like,
                                      Duration most_time, std::uint64_t most_calls) {
  const auto fits_in = [&](const Proposal& one) {
    return one.takes <= most_time && one.calls <= most_calls;
  };
  if (const auto* made = belief.is_stopped() ? nullptr : doubted(belief, like)) {
    const auto again = weigh_script(belief, {&belief.best()}, as_entry(made->script, like));
    if (fits_in(again)) {
      return again;
    }
  }
  if (const auto crowd = crowd_of_trials(belief, hint, like); crowd && fits_in(*crowd)) {
    return crowd;
  }
  const auto few = belief.leaders(few_leaders);
  const auto many = belief.leaders(many_leaders);
  std::vector<Proposal> all;
  for (const auto& script : scripts_for(belief, hint)) {
    if (belief.is_stopped()) {
      return std::nullopt;
    }
    all.push_back(weigh_script(belief, few, as_entry(script, like)));
  }
  std::erase_if(all, [&](const Proposal& one) { return !fits_in(one); });
  std::ranges::stable_sort(all, std::ranges::greater(), score);
  const bool few_are_undecided = !all.empty() && all.front().bits >= least_bits;
  all.resize(few_are_undecided ? std::min(all.size(), second_look) : all.size());
  std::optional<Proposal> best;
  for (const auto& one : all) {
    if (belief.is_stopped()) {
      return std::nullopt;
    }
    const auto proposal = weigh_script(belief, many, as_entry(one.script, like));
    if (proposal.bits >= least_bits && fits_in(proposal) &&
        (!best || score(proposal) > score(*best))) {
      best = proposal;
    }
  }
  return best;
}

}  // namespace tripcurve::probe
