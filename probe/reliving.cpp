#include "probe/reliving.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

namespace tripcurve::probe {
namespace {

// What it costs to do as one pleases: it explains anything.
constexpr Spread of_timing{.penalty = 2, .least = 0.1, .relative = 0};
constexpr Spread of_chance{.penalty = 1.5, .least = 0.5, .relative = 0.05};

// How late the lives of a service on the wire are, in its slack: a little as a rule. One that is
// further off is that much less likely.
constexpr std::array lateness{0.05, -0.3, 0.3, -1.0, 1.0};
double unlikelihood_of(double late) { return late * late / 2; }

constexpr int phases_beside = 4;  // the best one, on each side, ever nearer
constexpr int golden_part = 618;
constexpr int whole_part = 1000;
constexpr Duration finest_phase = std::chrono::microseconds(400);
constexpr double good_enough = -0.5;  // no other phase is looked for

constexpr double impossible_past = -std::numeric_limits<double>::infinity();

// With great care, so many phases are followed, which may explain so much less.
constexpr std::size_t phases_followed = 4;
constexpr double worth_following = 12;
// Windows have parts, which begin as often: it may be any of them that is the first.
constexpr int parts_of_window = 20;

// Those that explain most of what was looked at so far, the best first. Each explains something
// else, so that they are not all beside each other.
class BestPasts {
 public:
  BestPasts(std::size_t most, Past first) : most_(most) { pasts_.push_back(std::move(first)); }

  [[nodiscard]] const Past& first() const { return pasts_.front(); }
  [[nodiscard]] Past take_first() { return std::move(pasts_.front()); }

  // What fits worse is none of them.
  [[nodiscard]] double bar(std::size_t entries) const {
    const bool is_full = pasts_.size() >= most_ && pasts_.back().fits.size() == entries;
    return is_full ? pasts_.back().fit : impossible_past;
  }

  void offer(Past past) {
    if (std::ranges::find(pasts_, past.fits, &Past::fits) != pasts_.end()) {
      return;
    }
    const auto worse =
        std::ranges::find_if(pasts_, [&](const Past& one) { return explains_more(past, one); });
    pasts_.insert(worse, std::move(past));
    pasts_.resize(std::min(pasts_.size(), most_));
  }

  [[nodiscard]] std::vector<Duration> phases() const {
    std::vector<Duration> phases;
    std::ranges::transform(pasts_, std::back_inserter(phases), &Past::phase);
    return phases;
  }

 private:
  std::size_t most_;
  std::vector<Past> pasts_;
};

std::size_t lives_of(Luck luck) {
  switch (luck) {
    case Luck::none:
      return 1;
    case Luck::timing:
    case Luck::jitter:
      return 10;
    case Luck::chance:
      return 8;
  }
  return 1;
}

}  // namespace

Duration phase_at_first(Duration longest, int number) {
  return longest * (number * golden_part % whole_part) / whole_part;
}

Surroundings around_of(Surroundings around, const Form& form) {
  around.breaker_inside = form.breaker_inside;
  return around;
}

bool explains_more(const Past& one, const Past& other) {
  return std::pair(one.fits.size(), one.fit) > std::pair(other.fits.size(), other.fit);
}

// One that is made anew, when all that is known of its timers is lost, has drawn phases again.
void Reliving::begin_lives(const Hypothesis& who, Past& past, const Entry& entry,
                           Lives lives) const {
  const auto luck = forms_[who.form].luck;
  const auto live = [&](std::uint64_t fortune, double late, std::optional<Duration> phase) {
    past.lives.push_back(std::make_unique<Simulated>(
        who.choice, *who.rules, around_of(around_, forms_[who.form]), entry.script_at,
        Random(fortune), has_slack() ? late : 0, phase));
  };
  past.lives.clear();
  const bool is_certain = luck == Luck::none || (luck == Luck::timing && past.fits.empty());
  past.in_phase = !is_certain ? 0 : has_slack() && lives == Lives::all ? lateness.size() : 1;
  for (std::size_t i = 0; i < past.in_phase; ++i) {
    live(0, lateness.at(i), luck == Luck::timing ? std::optional(past.phase) : std::nullopt);
  }
  const bool has_strays = luck == Luck::timing && has_slack() && lives == Lives::all;
  const std::size_t strays = is_certain && !has_strays ? 0 : lives_of(luck) - past.in_phase;
  for (std::size_t i = 0; i < strays; ++i) {
    live(i, lateness.at(i % lateness.size()), std::nullopt);
  }
}

void Reliving::live_through(const Hypothesis& who, Past& past, const Entry& entry,
                            Lives lives) const {
  const auto luck = forms_[who.form].luck;
  if (entry.fresh) {
    begin_lives(who, past, entry, lives);
  }
  std::vector<Seeing> predicted;
  for (const auto& life : past.lives) {
    life->wait_until(entry.at);
    life->follow(entry.course, entry.at);
    if (entry.recovery) {
      (void)recover(*entry.recovery, *life);
    }
    life->wait_until(entry.script_at);
    predicted.push_back(run(entry.script, entry.failure, *life));
    life->follow_nothing();
  }
  double sum = 0;
  double best = impossible_past;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double fit_of_one = fit_of(entry.script, predicted[i], entry.seen);
    sum += std::exp(fit_of_one);
    const bool is_late = i < past.in_phase && has_slack();
    best = std::max(best, fit_of_one - (is_late ? unlikelihood_of(lateness.at(i)) : 0));
  }
  const bool has_strays = past.in_phase < past.lives.size();
  double fit = past.in_phase > 0 ? best : std::log(sum / static_cast<double>(predicted.size()));
  if (luck == Luck::chance) {
    fit = fit_of_spread(entry.script, predicted, entry.seen, of_chance);
  } else if (has_strays) {
    fit = std::max(fit, fit_of_spread(entry.script, predicted, entry.seen, of_timing));
  }
  past.fits.push_back(entry.counts ? fit : 0);
  past.fit += past.fits.back();
}

Past Reliving::past_of(const Hypothesis& who, Duration phase, double worst, Lives lives) const {
  Past past{.phase = phase};
  for (const auto& entry : log_) {
    live_through(who, past, entry, lives);
    if (past.fit < worst) {
      break;
    }
  }
  return past;
}

// Phases all over the longest one, and then ever nearer to the best of them.
Past Reliving::in_best_phase(const Hypothesis& who, Past past, double worst, Care care) const {
  if (!has_phase(who) || is_explained(past)) {
    return past;
  }
  const auto lives = has_slack() ? Lives::one : Lives::all;
  double least = has_slack() ? worst - worth_adding : worst;
  least -= care == Care::great ? worth_following : 0;
  const bool is_new = has_slack() || (care == Care::great && past.fits.size() < log_.size());
  const auto before = past.phase;
  BestPasts best(care == Care::great ? phases_followed : 1,
                 is_new ? past_of(who, past.phase, least, lives) : std::move(past));
  const auto longest = longest_phase(forms_[who.form], who.point, who.choice);
  int alike = 0;  // in a row
  const auto look_at = [&](Duration phase) {
    auto other = past_of(who, ((phase % longest) + longest) % longest,
                         std::max(least, best.bar(log_.size())), lives);
    alike = other.fits == best.first().fits ? alike + 1 : 0;
    best.offer(std::move(other));
  };
  const auto ends = [&] { return is_explained(best.first()) || is_stopped(); };
  for (int i = 0; i < phases_at_first && !ends() && alike < enough_alike; ++i) {
    look_at(phase_at_first(longest, i));
  }
  const bool has_no_part = alike >= enough_alike;
  const auto finest = std::max(finest_phase, around_.slack);
  const auto look_beside = [&](Duration widest) {
    for (auto step = widest; step >= finest && !has_no_part; step /= phases_beside) {
      for (const auto middle : best.phases()) {
        for (int i = 1; i <= phases_beside && !ends(); ++i) {
          look_at(middle + step * i);
          look_at(middle - step * i);
        }
      }
    }
  };
  look_beside(longest / phases_at_first / phases_beside);
  if (care == Care::great && !has_no_part) {
    const auto middle = best.first().phase;
    for (int i = 1; i < parts_of_window && !ends(); ++i) {
      look_at(middle + longest / parts_of_window * i);
    }
    look_beside(longest / parts_of_window / phases_beside / phases_beside);
  }
  if (!has_slack()) {
    return best.take_first();
  }
  if (best.first().phase == before || best.first().fits.size() < log_.size()) {
    return past;
  }
  auto all = past_of(who, best.first().phase, impossible_past, Lives::all);
  return explains_more(all, past) ? std::move(all) : std::move(past);
}

bool Reliving::is_explained(const Past& past) const {
  const bool is_good = has_slack() ? !past.is_contradicted() : past.fit > good_enough;
  return past.fits.size() == log_.size() && is_good;
}

bool Reliving::is_explained_by(const Past& past, std::size_t entry) const {
  return past.fits[entry] >= (has_slack() ? contradiction : good_enough);
}

}  // namespace tripcurve::probe
