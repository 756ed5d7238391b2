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

constexpr std::size_t leaps = 40;
constexpr int most_seeks = 12;  // so often, where nothing of a form explains what was seen
constexpr std::size_t most_rephased = 40;  // of a form, that an entry takes out of their phase
// So often, before it is said that there is nothing else: more often where phases may explain much.
constexpr int wide_looks = 4;
constexpr int wide_looks_in_phases = 24;
constexpr int careful_looks = 8;  // of these, where timers explain much at one time only
constexpr int most_steps_beyond = 8;
constexpr std::size_t rephased_with_care = 3;
constexpr std::size_t rivals = 3;  // of which the best is leapt from

constexpr double impossible = -std::numeric_limits<double>::infinity();
constexpr double anything = -1000;
constexpr double is_there = 1;           // better than any: it needs no other look
constexpr double is_there_for_sure = 2;  // not even in another phase

constexpr double hopeless = 16;         // behind the likeliest: no longer looked at
constexpr double hopeless_of_form = 6;  // behind the likeliest of the same form
constexpr std::size_t most_of_form = 400;
constexpr std::size_t most_at_first = 6;
constexpr std::size_t refined_of_form = 5;
constexpr int most_rounds = 4;
constexpr double fits_as_well = 1;     // as the best of the same form
constexpr double worth_refining = 10;  // behind the likeliest
constexpr double worth_seeking = 20;
constexpr double worth_care = 24;  // behind what explains all; further off, it is no phase

struct Place {
  Point point;
  Duration phase;
};

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

// Its timers and windows are then where they will be.
Prediction Belief::predict(const Hypothesis& hypothesis, const Entry& entry) const {
  const auto start = log_.empty() || entry.fresh ? TimePoint{} : log_.back().at + log_.back().took;
  return probe::predict(
      hypothesis.choice, *hypothesis.rules, around(hypothesis.form), entry, Random(1), start,
      reliving().has_phase(hypothesis) ? std::optional(hypothesis.phase) : std::nullopt);
}

std::optional<Hypothesis> Belief::held(std::size_t form, const Point& point, double worst,
                                       Duration phase, Care care) const {
  auto choice = is_stopped() ? std::nullopt : choice_at(forms_[form], point);
  if (!choice) {
    return std::nullopt;
  }
  Hypothesis hypothesis{{}, form, point, *std::move(choice)};
  hypothesis.rules =
      std::make_unique<OutcomeRules>(breaker::usual_rules(hypothesis.choice.dialect()));
  static_cast<Past&>(hypothesis) = reliving().in_best_phase(
      hypothesis, reliving().past_of(hypothesis, phase, worst, Lives::all), worst, Care::usual);
  if (care == Care::great && hypothesis.fit < worst && !is_stopped()) {
    static_cast<Past&>(hypothesis) =
        reliving().in_best_phase(hypothesis, std::move(hypothesis), worst, Care::great);
  }
  return is_stopped() ? std::nullopt : std::optional(std::move(hypothesis));
}

bool Belief::add(std::size_t form, const Point& point, double worst, Duration phase, Care care) {
  auto& at_best = at_best_[form].try_emplace(point, 0).first->second;
  if (at_best >= is_there) {
    const bool looks_again = care == Care::great && at_best == is_there;
    at_best = looks_again ? is_there_for_sure : at_best;
    return looks_again && look_again(form, point, worst, phase);
  }
  if (at_best < worst) {
    return false;
  }
  auto hypothesis = held(form, point, worst, phase, care);
  at_best = hypothesis ? hypothesis->fit : impossible;
  if (at_best < worst) {
    return false;
  }
  at_best = is_there;
  note(form, point);
  all_.push_back(*std::move(hypothesis));
  return true;
}

// At one that is known, whose phase may have been lost.
bool Belief::look_again(std::size_t form, const Point& point, double worst, Duration phase) {
  const auto known = std::ranges::find_if(
      all_, [&](const Hypothesis& one) { return one.form == form && one.point == point; });
  if (known == all_.end() || known->fit >= worst || !reliving().has_phase(*known)) {
    return false;
  }
  auto again = held(form, point, worst, phase, Care::great);
  const bool is_better = again && again->fit >= worst;
  if (is_better) {
    *known = *std::move(again);
  }
  return is_better;
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
    reliving().live_through(one, one, entry);
    const bool is_hit = !reliving().is_explained_by(one, log_.size() - 1);
    if (is_hit && reliving().has_phase(one) && ++rephased[one.form] <= most_rephased) {
      const double fit = one.fit;
      auto past = reliving().in_best_phase(one, std::move(one), fit, Care::usual);
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
void Belief::leap_around(std::size_t form, Random& random, Care care) {
  const auto* best = best_of(form);
  const bool in_any_phase = reliving().has_phase(*best) && !best->is_contradicted();
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
    if (is_stopped()) {
      return;
    }
    if (hurdle == nullptr || may_explain(form, point, *hurdle)) {
      add(form, point, worst, phase, care);
    }
  }
}

// What draws its times never explains all that was seen.
bool Belief::is_explained(const Hypothesis& one) const {
  const auto luck = forms_[one.form].luck;
  return luck == Luck::jitter || luck == Luck::chance ? !one.is_contradicted()
                                                      : reliving().is_explained(one);
}

// Until something explains all that was seen, if anything does.
void Belief::seek(std::size_t form, Random random, Care care) {
  for (int i = 0; i < most_seeks && !is_explained(*best_of(form)) && !is_stopped(); ++i) {
    leap_around(form, random, care);
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
         (best.fits.back() < contradiction || (all_are && !is_explained(best)));
}

void Belief::refine_all() {
  try_in_siblings();
  const auto& likeliest = *std::ranges::max_element(all_, {}, &Hypothesis::fit);
  const double best = likeliest.fit;
  const bool all_are_in_doubt = !is_explained(likeliest);
  for (std::size_t form = 0; form < forms_.size() && !is_stopped(); ++form) {
    const double behind = best - best_fit(form);
    if (forms_[form].axes.empty() || behind > worth_seeking) {
      continue;
    }
    if (behind <= worth_refining) {
      climb(form);
    }
    if (all_are_in_doubt && best >= -worth_care) {
      rephase(form);
    }
    if (is_in_doubt(form, all_are_in_doubt)) {
      seek(form, Random(log_.size()).fork(form), Care::usual);
      climb(form);
    } else if (behind <= fits_as_well && forms_[form].luck != Luck::chance) {
      auto random = Random(log_.size()).fork(form);
      leap_around(form, random);
    }
  }
  weigh();
}

// What explained less may explain more in a phase that was not looked at.
void Belief::forget_failures(std::size_t form) {
  std::erase_if(at_best_[form], [](const auto& one) { return one.second < is_there; });
  for (auto& [point, at_best] : at_best_[form]) {
    at_best = is_there;
  }
}

// Beyond the values of each axis that are known to explain as much, until none does.
void Belief::look_beyond(std::size_t form) {
  forget_failures(form);
  const double worst = best_fit(form) - fits_as_well;
  const auto axes = forms_[form].axes.size();
  for (std::size_t i = 0; i < 2 * axes; ++i) {
    const auto axis = i / 2;
    const bool upwards = i % 2 == 1;
    bool goes_on = true;
    for (int step = 0; step < most_steps_beyond && goes_on && !is_stopped(); ++step) {
      const Hypothesis* edge = nullptr;
      for (const auto& one : all_) {
        if (one.form == form && one.fit >= worst &&
            (edge == nullptr || (upwards ? one.point[axis] > edge->point[axis]
                                         : one.point[axis] < edge->point[axis]))) {
          edge = &one;
        }
      }
      const Place from{edge->point, edge->phase};
      const auto points = beyond(forms_[form], from.point, axis, upwards);
      goes_on = std::ranges::any_of(points, [&](const Point& point) {
        return add(form, point, worst, from.phase, Care::great);
      });
    }
  }
}

// Its likeliest points, which may explain more than it seems, in another phase.
void Belief::rephase(std::size_t form) {
  std::vector<Hypothesis*> top;
  for (auto& one : all_) {
    if (one.form == form && reliving().has_phase(one) && !reliving().is_explained(one)) {
      top.push_back(&one);
    }
  }
  std::ranges::stable_sort(top, std::ranges::greater(), &Hypothesis::fit);
  top.resize(std::min(top.size(), rephased_with_care));
  for (auto* one : top) {
    const double fit = one->fit;
    auto past = reliving().in_best_phase(*one, std::move(*one), fit, Care::great);
    static_cast<Past&>(*one) = std::move(past);
  }
}

// What explains as much is held against it in all forms that have the same settings: in that phase,
// which may not have been found there.
void Belief::share_phases(std::size_t form) {
  const double worst = best_fit(form) - fits_as_well;
  std::vector<Place> places;
  for (const auto& one : all_) {
    if (one.form == form && one.fit >= worst && reliving().has_phase(one)) {
      places.push_back({one.point, one.phase});
    }
  }
  for (std::size_t other = 0; other < forms_.size(); ++other) {
    const bool is_twin = other != form && forms_[other].dialect() == forms_[form].dialect() &&
                         forms_[other].axes == forms_[form].axes;
    for (std::size_t i = 0; i < places.size() && is_twin && !is_stopped(); ++i) {
      add(other, places[i].point, worst, places[i].phase, Care::great);
    }
  }
}

// What explains less may do so only for what was tried of it: for the phases of its timers, and
// where another form of the dialect explains more, for its settings.
void Belief::look_after_others() {
  const auto& best = *std::ranges::max_element(all_, {}, &Hypothesis::fit);
  const auto dialect = forms_[best.form].dialect();
  const double most = best.fit;
  const bool nothing_explains = !is_explained(best) && most >= -worth_care;
  for (std::size_t form = 0; form < forms_.size() && !is_stopped(); ++form) {
    auto random = Random(log_.size()).fork("others").fork(form);
    const auto behind = [&] { return most - best_fit(form); };
    const bool is_known = !forms_[form].axes.empty() && forms_[form].luck != Luck::chance;
    if (!is_known || best_of(form) == nullptr) {
      continue;
    }
    if (nothing_explains && behind() <= worth_refining) {
      rephase(form);
      seek(form, random, Care::great);
      climb(form);
    }
    if (behind() <= fits_as_well) {
      continue;
    }
    if (behind() <= worth_seeking) {
      rephase(form);
    }
    const bool is_sibling = forms_[form].dialect() == dialect;
    for (int i = 0; i < most_seeks && is_sibling && behind() > fits_as_well && !is_stopped(); ++i) {
      leap_around(form, random);
      climb(form);
    }
  }
}

std::size_t Belief::as_good_as_best() const {
  const double best = std::ranges::max_element(all_, {}, &Hypothesis::fit)->fit;
  const auto count = std::ranges::count_if(
      all_, [&](const Hypothesis& one) { return one.fit >= best - fits_as_well; });
  return static_cast<std::size_t>(count);
}

bool Belief::look_wider() {
  const auto before = std::pair(all_.size(), as_good_as_best());
  look_after_others();
  const double best = std::ranges::max_element(all_, {}, &Hypothesis::fit)->fit;
  const auto random = Random(log_.size()).fork("wider");
  for (std::size_t form = 0; form < forms_.size(); ++form) {
    const bool is_as_good = best - best_fit(form) <= fits_as_well;
    if (forms_[form].axes.empty() || forms_[form].luck == Luck::chance || !is_as_good) {
      continue;
    }
    forget_failures(form);
    auto of_form = random.fork(form);
    const auto& axes = forms_[form].axes;
    const bool has_timer = std::ranges::find(axes, Axis::interval) != axes.end();
    const int looks = forms_[form].luck == Luck::timing ? wide_looks_in_phases : wide_looks;
    for (int i = 0; i < looks && !is_stopped(); ++i) {
      leap_around(form, of_form, has_timer && i < careful_looks ? Care::great : Care::usual);
    }
    climb(form);
    look_beyond(form);
    share_phases(form);
  }
  weigh();
  return std::pair(all_.size(), as_good_as_best()) != before;
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
