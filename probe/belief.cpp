#include "probe/belief.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::probe {
namespace {

// What it costs to do as one pleases: it explains anything.
constexpr Spread of_timing{.penalty = 2, .least = 0.1, .relative = 0};
constexpr Spread of_chance{.penalty = 1.5, .least = 0.5, .relative = 0.05};

// How late the lives of a service on the wire are, in its slack: a little as a rule. One that is
// further off is that much less likely.
constexpr std::array lateness{0.05, -0.3, 0.3, -1.0, 1.0};
double unlikelihood_of(double late) { return late * late / 2; }

// Phases that are looked at first, each a golden part of the longest further on, so that they lie
// evenly in every part of it.
constexpr int phases_at_first = 16;
constexpr int enough_alike = 6;   // phases, that show the same
constexpr int phases_beside = 4;  // the best one, on each side, ever nearer
constexpr int golden_part = 618;
constexpr int whole_part = 1000;
constexpr Duration finest_phase = std::chrono::microseconds(400);
constexpr double good_enough = -0.5;  // no other phase is looked for

constexpr std::size_t leaps = 40;
constexpr int most_seeks = 12;  // so often, where nothing of a form explains what was seen
constexpr std::size_t most_rephased = 40;  // of a form, that an entry takes out of their phase
// So often, before it is said that there is nothing else: more often where phases may explain much.
constexpr int wide_looks = 4;
constexpr int wide_looks_in_phases = 24;
constexpr std::size_t rivals = 3;  // of which the best is leapt from

constexpr double impossible = -std::numeric_limits<double>::infinity();
constexpr double anything = -1000;
constexpr double is_there = 1;  // better than any: it needs no other look

constexpr double hopeless = 16;         // behind the likeliest: no longer looked at
constexpr double hopeless_of_form = 6;  // behind the likeliest of the same form
constexpr std::size_t most_of_form = 400;
constexpr std::size_t most_at_first = 6;
constexpr std::size_t refined_of_form = 5;
constexpr int most_rounds = 4;
constexpr double fits_as_well = 1;     // as the best of the same form
constexpr double worth_adding = 4;     // behind the likeliest of the same form
constexpr double worth_refining = 10;  // behind the likeliest
constexpr double worth_seeking = 20;

// The phase that is looked at so early.
Duration phase_at_first(Duration longest, int number) {
  return longest * (number * golden_part % whole_part) / whole_part;
}

struct Place {
  Point point;
  Duration phase;
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

Belief::Belief(std::vector<Form> forms, const Surroundings& around, std::function<bool()> stopped)
    : forms_(std::move(forms)),
      usual_forms_(forms_.size()),
      around_(around),
      stopped_(std::move(stopped)) {
  for (const auto& form : forms_) {
    at_best_.emplace_back();
    tried_.emplace_back(form.axes.size());
  }
}

Surroundings Belief::around(std::size_t form) const {
  auto around = around_;
  around.breaker_inside = forms_[form].breaker_inside;
  return around;
}

// Its timers and windows are then where they will be.
Prediction Belief::predict(const Hypothesis& hypothesis, const Entry& entry) const {
  const auto start = log_.empty() || entry.fresh ? TimePoint{} : log_.back().at + log_.back().took;
  return probe::predict(hypothesis.choice, *hypothesis.rules, around(hypothesis.form), entry,
                        Random(1), start,
                        has_phase(hypothesis) ? std::optional(hypothesis.phase) : std::nullopt);
}

bool explains_more(const Past& one, const Past& other) {
  return std::pair(one.fits.size(), one.fit) > std::pair(other.fits.size(), other.fit);
}

// One that is made anew, when all that is known of its timers is lost, has drawn phases again.
void Belief::begin_lives(const Hypothesis& who, Past& past, const Entry& entry, Lives lives) const {
  const auto luck = forms_[who.form].luck;
  const auto live = [&](std::uint64_t fortune, double late, std::optional<Duration> phase) {
    past.lives.push_back(std::make_unique<Simulated>(who.choice, *who.rules, around(who.form),
                                                     entry.script_at, Random(fortune),
                                                     has_slack() ? late : 0, phase));
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

void Belief::live_through(const Hypothesis& who, Past& past, const Entry& entry,
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
  double best = impossible;
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

Past Belief::past_of(const Hypothesis& who, Duration phase, double worst, Lives lives) const {
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
Past Belief::in_best_phase(const Hypothesis& who, Past past, double worst) const {
  if (!has_phase(who) || is_explained(past)) {
    return past;
  }
  const auto lives = has_slack() ? Lives::one : Lives::all;
  const double least = has_slack() ? worst - worth_adding : worst;
  auto best = has_slack() ? past_of(who, past.phase, least, lives) : std::move(past);
  const auto longest = longest_phase(forms_[who.form], who.point, who.choice);
  int alike = 0;  // in a row
  const auto look_at = [&](Duration phase) {
    const double bound = best.fits.size() == log_.size() ? std::max(least, best.fit) : least;
    auto other = past_of(who, ((phase % longest) + longest) % longest, bound, lives);
    alike = other.fits == best.fits ? alike + 1 : 0;
    if (explains_more(other, best)) {
      best = std::move(other);
    }
  };
  const auto ends = [&] { return is_explained(best) || alike >= enough_alike || is_stopped(); };
  for (int i = 0; i < phases_at_first && !ends(); ++i) {
    look_at(phase_at_first(longest, i));
  }
  const bool has_no_part = alike >= enough_alike;
  const auto finest = std::max(finest_phase, around_.slack);
  for (auto step = longest / phases_at_first / phases_beside;
       step >= finest && !has_no_part && !is_stopped(); step /= phases_beside) {
    const auto middle = best.phase;
    for (int i = 1; i <= phases_beside && !is_explained(best); ++i) {
      look_at(middle + step * i);
      look_at(middle - step * i);
    }
  }
  if (!has_slack()) {
    return best;
  }
  if (best.phase == past.phase || best.fits.size() < log_.size()) {
    return past;
  }
  auto all = past_of(who, best.phase, impossible, Lives::all);
  return explains_more(all, past) ? std::move(all) : std::move(past);
}

bool Belief::is_explained(const Past& past) const {
  const bool is_good = has_slack() ? !past.is_contradicted() : past.fit > good_enough;
  return past.fits.size() == log_.size() && is_good;
}

std::optional<Hypothesis> Belief::held(std::size_t form, const Point& point, double worst,
                                       Duration phase) const {
  auto choice = is_stopped() ? std::nullopt : choice_at(forms_[form], point);
  if (!choice) {
    return std::nullopt;
  }
  Hypothesis hypothesis{{}, form, point, *std::move(choice)};
  hypothesis.rules =
      std::make_unique<OutcomeRules>(breaker::usual_rules(hypothesis.choice.dialect()));
  static_cast<Past&>(hypothesis) =
      in_best_phase(hypothesis, past_of(hypothesis, phase, worst, Lives::all), worst);
  return is_stopped() ? std::nullopt : std::optional(std::move(hypothesis));
}

bool Belief::add(std::size_t form, const Point& point, double worst, Duration phase) {
  auto& at_best = at_best_[form].try_emplace(point, 0).first->second;
  if (at_best == is_there || at_best < worst) {
    return false;
  }
  auto hypothesis = held(form, point, worst, phase);
  at_best = hypothesis ? hypothesis->fit : impossible;
  if (at_best < worst) {
    return false;
  }
  at_best = is_there;
  note(form, point);
  all_.push_back(*std::move(hypothesis));
  return true;
}

void Belief::note(std::size_t form, const Point& point) {
  for (std::size_t i = 0; i < point.size(); ++i) {
    tried_[form][i].insert(point[i]);
  }
}

double Belief::best_fit(std::size_t form) const {
  const auto* best = best_of(form);
  return best == nullptr ? impossible : best->fit;
}

// One axis after the other, because the first look tells little of most: those that it tells of
// first, and each value of these with some of the others.
void Belief::begin_form(std::size_t form, const Hint& of_arrivals) {
  auto hint = of_arrivals;
  if (!forms_[form].breaker_inside) {
    hint.fails = (hint.fails + hint.attempts - 1) / hint.attempts;
  }
  const auto& axes = forms_[form].axes;
  Point usual;
  for (const auto axis : axes) {
    usual.push_back(usual_value(axis, hint));
  }
  std::vector<Point> kept{usual};
  const auto told = [](Axis axis) {
    return axis == Axis::threshold || axis == Axis::minimum || axis == Axis::open ||
           axis == Axis::whole_open || axis == Axis::interval;
  };
  for (const bool first : {true, false}) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (told(axes[i]) != first) {
        continue;
      }
      std::vector<std::pair<double, Point>> values;
      for (const auto& point : kept) {
        for (const double value : first_values(axes[i], hint)) {
          auto other = point;
          other[i] = value;
          if (!first) {
            values.emplace_back(0, std::move(other));
          } else if (const auto one = held(form, other, anything)) {
            values.emplace_back(one->fit, std::move(other));
          }
        }
      }
      std::ranges::stable_sort(values, std::ranges::greater(), &std::pair<double, Point>::first);
      std::erase_if(values, [best = values.empty() ? 0 : values.front().first](const auto& one) {
        return one.first < best - 2;
      });
      kept.clear();
      const auto count = std::min(values.size(), first ? most_at_first : most_of_form);
      for (std::size_t k = 0; k < count; ++k) {
        kept.push_back(values[k * values.size() / count].second);
      }
      if (kept.empty()) {
        kept.push_back(usual);
      }
    }
  }
  for (const auto& point : kept) {
    add(form, point, anything);
  }
}

void Belief::begin(const std::vector<Entry>& first, const Hint& hint) {
  log_ = first;
  for (std::size_t form = 0; form < forms_.size() && !is_stopped(); ++form) {
    begin_form(form, hint);
  }
  if (!all_.empty()) {
    weigh();
    forget_unlikely();
    refine_all();
  }
}

void Belief::also(const breaker::Choice& choice) {
  forms_.push_back({.text = choice.text(),
                    .prior = 1,
                    .axes = {},
                    .luck = luck_of(choice),
                    .breaker_inside = true});
  at_best_.emplace_back();
  tried_.emplace_back();
  add(forms_.size() - 1, {}, anything);
  weigh();
}

void Belief::learn(const Entry& entry) {
  log_.push_back(entry);
  std::vector<std::size_t> rephased(forms_.size(), 0);
  for (auto& one : all_) {  // the likeliest first
    if (is_stopped()) {     // not all have lived through it
      forget_last();
      return;
    }
    live_through(one, one, entry);
    const double bad = has_slack() ? contradiction : good_enough;
    if (one.fits.back() < bad && has_phase(one) && ++rephased[one.form] <= most_rephased) {
      const double fit = one.fit;
      auto past = in_best_phase(one, std::move(one), fit);
      static_cast<Past&>(one) = std::move(past);
    }
  }
  weigh();
  refine_all();
  forget_unlikely();
  weigh();
}

void Belief::forget_last() {
  log_.pop_back();
  for (auto& one : all_) {
    one.fits.resize(log_.size());
    one.fit = std::accumulate(one.fits.begin(), one.fits.end(), 0.0);
  }
}

// True if there is a better one now.
bool Belief::refine(std::size_t form, std::size_t most_points) {
  const double best = best_fit(form);
  std::vector<const Hypothesis*> top;
  for (const auto& one : all_) {
    if (one.form == form && one.fit > best - 1) {
      top.push_back(&one);
    }
  }
  // Evenly from all that fit equally well, so that it is not one corner that is looked into.
  std::vector<Place> places;
  const auto count = std::min(most_points, top.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto* one = top[i * top.size() / count];
    places.push_back({one->point, one->phase});
  }
  // Where others fit better only what is better than the best of the form is worth knowing.
  const double likeliest = std::ranges::max_element(all_, {}, &Hypothesis::fit)->fit;
  const double worst = best - (likeliest - best <= fits_as_well ? worth_adding : 0);
  for (const auto& [point, phase] : places) {
    for (const auto& near : neighbours(forms_[form], point, tried_[form])) {
      add(form, near, worst, phase);
      note(form, near);
    }
  }
  return best_fit(form) > best + 0.5;
}

const Hypothesis* Belief::best_of(std::size_t form) const {
  const Hypothesis* best = nullptr;
  for (const auto& one : all_) {
    if (one.form == form && (best == nullptr || one.fit > best->fit)) {
      best = &one;
    }
  }
  return best;
}

// The hardest to explain for that one; any of them if it explains all.
const Entry* Belief::hurdle_of(const Hypothesis& hypothesis, Random& random) const {
  const auto worst = std::ranges::min_element(hypothesis.fits) - hypothesis.fits.begin();
  const auto any = random.next() % log_.size();
  const auto& entry = log_[hypothesis.is_contradicted() ? static_cast<std::size_t>(worst) : any];
  return entry.counts && entry.recovery ? &entry : nullptr;
}

// Whether it can: a quick look at that alone, before it is held against all.
bool Belief::may_explain(std::size_t form, const Point& point, const Entry& entry) const {
  const auto choice = choice_at(forms_[form], point);
  if (!choice) {
    return false;
  }
  const auto rules = breaker::usual_rules(choice->dialect());
  const bool has_phase = forms_[form].luck == Luck::timing;
  const auto longest = longest_phase(forms_[form], point, *choice);
  const int looks = has_phase ? phases_at_first : forms_[form].luck == Luck::none ? 1 : 3;
  Seeing last;
  int alike = 0;
  for (int i = 0; i < looks && alike < enough_alike; ++i) {
    const auto fortune = static_cast<std::uint64_t>(i);
    const auto prediction =
        has_phase ? probe::predict(*choice, rules, around(form), entry, Random(0), entry.at,
                                   phase_at_first(longest, i))
                  : probe::predict(*choice, rules, around(form), entry, Random(fortune));
    if (fit_of(entry.script, prediction.seen, entry.seen) >= contradiction) {
      return true;
    }
    alike = prediction.seen == last ? alike + 1 : 0;
    last = prediction.seen;
  }
  return false;
}

// Leaps from what fits best: where going from one neighbour to the next does not lead.
void Belief::leap_around(std::size_t form, Random& random) {
  const auto* best = best_of(form);
  const bool in_any_phase = has_phase(*best) && !best->is_contradicted();
  const auto* hurdle = in_any_phase ? nullptr : hurdle_of(*best, random);
  const double worst = best->fit - (best->is_contradicted() ? hopeless_of_form : fits_as_well);
  std::vector<const Hypothesis*> all;
  for (const auto& one : all_) {
    if (one.form == form && one.fit >= worst) {
      all.push_back(&one);
    }
  }
  std::vector<Place> places;
  for (std::size_t i = 0; i < leaps; ++i) {
    const auto* from = all[random.next() % all.size()];
    for (std::size_t rival = 1; rival < rivals; ++rival) {
      const auto* other = all[random.next() % all.size()];
      from = other->fit > from->fit ? other : from;
    }
    places.push_back({leap(forms_[form], from->point, tried_[form], random), from->phase});
  }
  for (const auto& [point, phase] : places) {
    if (hurdle == nullptr || may_explain(form, point, *hurdle)) {
      add(form, point, worst, phase);
    }
  }
}

// Until something explains all that was seen, if anything does.
void Belief::seek(std::size_t form) {
  auto random = Random(log_.size()).fork(form);
  for (int i = 0; i < most_seeks && best_of(form)->is_contradicted() && !is_stopped(); ++i) {
    leap_around(form, random);
  }
}

// What fits best of a dialect is tried in its other forms, which may not have come near it; and in
// forms of others that have the same axes.
void Belief::try_in_siblings() {
  for (std::size_t form = 0; form < forms_.size() && !is_stopped(); ++form) {
    const Hypothesis* best = nullptr;
    for (const auto& one : all_) {
      const auto& of_one = forms_[one.form];
      const bool is_sibling =
          of_one.dialect() == forms_[form].dialect() || of_one.axes == forms_[form].axes;
      if (is_sibling && !of_one.axes.empty() && (best == nullptr || one.fit > best->fit)) {
        best = &one;
      }
    }
    const auto* own = best_of(form);
    if (best != nullptr && own != nullptr && own->fit < best->fit - fits_as_well) {
      const auto points =
          brought_to(forms_[form], own->point, tried_[form], forms_[best->form], best->point);
      const double worst = best->fit - hopeless;  // adding moves what best points to
      const auto phase = best->phase;
      for (const auto& point : points) {
        add(form, point, std::max(best_fit(form), worst), phase);
      }
    }
  }
}

void Belief::climb(std::size_t form) {
  for (int round = 0; round < most_rounds && refine(form, refined_of_form); ++round) {
  }
}

// Whether something new contradicts all of it, or nothing of any form explains what was seen.
bool Belief::is_in_doubt(std::size_t form, bool all_are) const {
  const auto& best = *best_of(form);
  return forms_[form].luck != Luck::chance &&
         (best.fits.back() < contradiction || (all_are && best.is_contradicted()));
}

void Belief::refine_all() {
  try_in_siblings();
  const auto& likeliest = *std::ranges::max_element(all_, {}, &Hypothesis::fit);
  const double best = likeliest.fit;
  const bool all_are_in_doubt = likeliest.is_contradicted();
  for (std::size_t form = 0; form < forms_.size() && !is_stopped(); ++form) {
    const double behind = best - best_fit(form);
    if (forms_[form].axes.empty() || behind > worth_seeking) {
      continue;
    }
    if (behind <= worth_refining) {
      climb(form);
    }
    if (is_in_doubt(form, all_are_in_doubt)) {
      seek(form);
      climb(form);
    } else if (behind <= fits_as_well && forms_[form].luck != Luck::chance) {
      auto random = Random(log_.size()).fork(form);
      leap_around(form, random);
    }
  }
  weigh();
}

bool Belief::look_wider() {
  const auto before = all_.size();
  const double best = std::ranges::max_element(all_, {}, &Hypothesis::fit)->fit;
  const auto random = Random(log_.size()).fork("wider");
  for (std::size_t form = 0; form < forms_.size(); ++form) {
    const bool is_as_good = best - best_fit(form) <= fits_as_well;
    if (forms_[form].axes.empty() || forms_[form].luck == Luck::chance || !is_as_good) {
      continue;
    }
    std::erase_if(at_best_[form], [](const auto& one) { return one.second != is_there; });
    auto of_form = random.fork(form);
    const int looks = forms_[form].luck == Luck::timing ? wide_looks_in_phases : wide_looks;
    for (int i = 0; i < looks && !is_stopped(); ++i) {
      leap_around(form, of_form);
    }
    climb(form);
  }
  weigh();
  return all_.size() > before;
}

// A form is as likely as its likeliest point, so that one with many settings is not likelier for
// it.
void Belief::weigh() {
  std::vector<double> sums(forms_.size(), 0.0);
  std::vector<double> bests(forms_.size(), -std::numeric_limits<double>::infinity());
  double best = -std::numeric_limits<double>::infinity();
  for (const auto& one : all_) {
    bests[one.form] = std::max(bests[one.form], one.fit);
  }
  auto parts = bests;
  for (std::size_t form = 0; form < forms_.size(); ++form) {
    // What is drawn by chance can be fitted to with every setting there is.
    if (forms_[form].luck == Luck::chance) {
      parts[form] -= static_cast<double>(forms_[form].axes.size()) *
                     std::log(static_cast<double>(log_.size()) + 1) / 2;
    }
    best = std::max(best, parts[form]);
  }
  for (const auto& one : all_) {
    sums[one.form] += std::exp(one.fit - bests[one.form]);
  }
  double total = 0;
  for (auto& one : all_) {
    one.likelihood = forms_[one.form].prior * std::exp(parts[one.form] - best) *
                     std::exp(one.fit - bests[one.form]) / sums[one.form];
    total += one.likelihood;
  }
  for (auto& one : all_) {
    one.likelihood /= total;
  }
}

void Belief::forget_unlikely() {
  std::ranges::stable_sort(all_, std::ranges::greater(), &Hypothesis::fit);
  ENSURE(!all_.empty());
  const double best = all_.front().fit;
  std::vector<std::size_t> kept(forms_.size(), 0);
  std::vector<double> best_of(forms_.size(), 0.0);
  std::erase_if(all_, [&](const Hypothesis& one) {
    if (kept[one.form] == 0) {
      best_of[one.form] = one.fit;
    }
    const bool goes =
        !forms_[one.form].axes.empty() &&
        ((one.fit < best - hopeless && kept[one.form] > 0) ||
         one.fit < best_of[one.form] - hopeless_of_form || kept[one.form] >= most_of_form);
    kept[one.form] += goes ? 0 : 1;
    if (goes) {
      at_best_[one.form][one.point] = one.fit;
    }
    return goes;
  });
}

bool Belief::is_contradicted_by(const Hypothesis& hypothesis, const Script& script) const {
  for (std::size_t i = 0; i < log_.size(); ++i) {
    if (log_[i].script == script && hypothesis.fits[i] >= contradiction) {
      return false;
    }
  }
  return true;
}

std::uint32_t Belief::contradictions_of(const Hypothesis& hypothesis) const {
  std::uint32_t count = 0;
  for (auto entry = log_.begin(); entry != log_.end(); ++entry) {
    const bool is_first =
        std::ranges::find(log_.begin(), entry, entry->script, &Entry::script) == entry;
    count += is_first && is_contradicted_by(hypothesis, entry->script) ? 1U : 0U;
  }
  return count;
}

const Hypothesis& Belief::best() const {
  return *std::ranges::max_element(all_, {}, &Hypothesis::likelihood);
}

std::vector<const Hypothesis*> Belief::leaders(std::size_t most) const {
  std::vector<const Hypothesis*> order;
  for (const auto& one : all_) {
    order.push_back(&one);
  }
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [](const Hypothesis* one) { return one->likelihood; });
  // Of each form some that lie evenly among all that are as likely.
  const double least = order.front()->likelihood * 1e-4;
  std::vector<std::vector<const Hypothesis*>> of_form(forms_.size());
  for (const auto* one : order) {
    if (one->likelihood > least) {
      of_form[one->form].push_back(one);
    }
  }
  const auto with_some =
      std::ranges::count_if(of_form, [](const auto& some) { return !some.empty(); });
  const auto most_each = std::max<std::size_t>(6, most / static_cast<std::size_t>(with_some));
  std::vector<const Hypothesis*> leaders;
  for (const auto& some : of_form) {
    const auto count = std::min(most_each, some.size());
    for (std::size_t i = 0; i < count; ++i) {
      leaders.push_back(some[i * some.size() / count]);
    }
  }
  std::ranges::stable_sort(leaders, std::ranges::greater(),
                           [](const Hypothesis* one) { return one->likelihood; });
  leaders.resize(std::min(leaders.size(), most));
  return leaders;
}

}  // namespace tripcurve::probe
