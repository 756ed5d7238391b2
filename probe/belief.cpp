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

// What a contradiction costs, from one that is nearly none to one in everything: e^-5 is a packet
// in 150.
constexpr double least_penalty = 4;
constexpr double more_penalty = 4;
// A poll one too early or too late is a matter of timing.
constexpr double penalty_of_next_poll = 1.5;

constexpr double most_of_step = 4;
// What it costs to do as one pleases: it explains anything.
constexpr Spread of_timing{.penalty = 2, .least = 0.1, .relative = 0};
constexpr Spread of_chance{.penalty = 1.5, .least = 0.5, .relative = 0.05};

// How late the lives of a service on the wire are, in its slack: a little as a rule. One that is
// further off is that much less likely.
constexpr std::array lateness{0.05, -0.3, 0.3, -1.0, 1.0};
double unlikelihood_of(double late) { return late * late / 2; }

constexpr std::size_t wandering = 150;  // points, when nothing explains what was seen
constexpr double unexplained = -3.9;

constexpr double hopeless = 16;         // behind the likeliest: no longer looked at
constexpr double hopeless_of_form = 6;  // behind the likeliest of the same form
constexpr std::size_t most_of_form = 900;
constexpr std::size_t most_at_first = 6;
constexpr std::size_t refined_of_form = 5;
constexpr int most_rounds = 4;
constexpr double longest_s = 900;      // of what is looked for
constexpr double worth_refining = 10;  // behind the likeliest

double penalty(const Step& step, std::int64_t predicted, std::int64_t seen) {
  const bool is_poll = step.kind == Step::Kind::poll;
  if (is_poll && predicted >= 0 && seen >= 0) {
    return std::min(penalty_of_next_poll * static_cast<double>(std::abs(predicted - seen)),
                    least_penalty + more_penalty);
  }
  const auto a = static_cast<double>(predicted);
  const auto b = static_cast<double>(seen);
  if (a < 0 || b < 0) {
    return least_penalty + more_penalty;
  }
  return least_penalty + more_penalty * std::min(1.0, std::abs(a - b) / (std::max(a, b) + 1));
}

std::size_t lives_of(Luck luck) {
  switch (luck) {
    case Luck::none:
      return 1;
    case Luck::timing:
      return 6;
    case Luck::chance:
      return 8;
  }
  return 1;
}

}  // namespace

double fit_of(const Script& script, const Seeing& predicted, const Seeing& seen) {
  std::size_t i = 0;
  double fit = 0;
  for (const auto& step : script.steps) {
    if (!step.makes_calls()) {
      continue;
    }
    if (i >= predicted.size() || i >= seen.size()) {
      break;
    }
    if (predicted[i] != seen[i]) {
      fit -= penalty(step, predicted[i], seen[i]);
      if (fit < -penalty_of_next_poll) {
        break;  // the rest follows from it
      }
    }
    ++i;
  }
  return fit;
}

double fit_of_spread(const Script& script, const std::vector<Seeing>& predicted, const Seeing& seen,
                     const Spread& spread) {
  double fit = -spread.penalty;
  std::size_t i = 0;
  for (const auto& step : script.steps) {
    if (!step.makes_calls()) {
      continue;
    }
    double mean = 0;
    double square = 0;
    for (const auto& one : predicted) {
      const auto value = static_cast<double>(one[i] < 0 ? step.count : one[i]);
      mean += value / static_cast<double>(predicted.size());
      square += value * value / static_cast<double>(predicted.size());
    }
    const double deviation =
        std::sqrt(std::max(0.0, square - mean * mean)) + spread.least + spread.relative * mean;
    const double off = (static_cast<double>(seen[i] < 0 ? step.count : seen[i]) - mean) / deviation;
    fit -= std::min(off * off / 2, most_of_step);
    ++i;
  }
  return fit;
}

Prediction predict(const breaker::Choice& choice, const OutcomeRules& rules,
                   const Surroundings& around, const Entry& entry, Random random) {
  Simulated subject(choice, rules, around, TimePoint{}, random);
  if (!entry.fresh) {
    (void)run({.steps = {{.kind = Step::Kind::until, .count = most_failures}}}, entry.failure,
              subject);
  }
  const auto began = subject.now();
  const auto before = subject.calls();
  subject.follow(entry.course, began);
  if (entry.recovery) {
    (void)recover(*entry.recovery, subject);
  }
  Prediction prediction{.seen = run(entry.script, entry.failure, subject)};
  prediction.took = subject.now() - began;
  prediction.calls = subject.calls() - before;
  return prediction;
}

Belief::Belief(std::vector<Form> forms, const Surroundings& around, std::function<bool()> stopped)
    : forms_(std::move(forms)), around_(around), stopped_(std::move(stopped)) {
  tried_.resize(forms_.size());
}

Surroundings Belief::around(std::size_t form) const {
  auto around = around_;
  around.breaker_inside = forms_[form].breaker_inside;
  return around;
}

Prediction Belief::predict(const Hypothesis& hypothesis, const Entry& entry) const {
  return probe::predict(hypothesis.choice, *hypothesis.rules, around(hypothesis.form), entry);
}

void Belief::live_through(Hypothesis& hypothesis, const Entry& entry) const {
  const auto luck = forms_[hypothesis.form].luck;
  auto& lives = hypothesis.lives;
  if (entry.fresh) {
    lives.clear();
    const auto live = [&](std::uint64_t fortune, double late) {
      lives.push_back(std::make_unique<Simulated>(hypothesis.choice, *hypothesis.rules,
                                                  around(hypothesis.form), entry.script_at,
                                                  Random(fortune), late));
    };
    const auto count = luck == Luck::none && has_slack() ? lateness.size() : lives_of(luck);
    for (std::size_t i = 0; i < count; ++i) {
      const auto fortune = luck == Luck::none ? 0 : i;
      live(fortune, has_slack() ? lateness.at(i % lateness.size()) : 0);
    }
  }
  std::vector<Seeing> predicted;
  for (const auto& life : lives) {
    life->wait_until(entry.at);
    life->follow(entry.course, entry.at);
    if (entry.recovery) {
      (void)recover(*entry.recovery, *life);
    }
    life->wait_until(entry.script_at);
    predicted.push_back(run(entry.script, entry.failure, *life));
    life->follow_nothing();
  }
  const bool is_late_alone = luck == Luck::none && has_slack();
  double sum = 0;
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double fit_of_one = fit_of(entry.script, predicted[i], entry.seen);
    sum += std::exp(fit_of_one);
    best = std::max(best, fit_of_one - (is_late_alone ? unlikelihood_of(lateness.at(i)) : 0));
  }
  double fit = is_late_alone ? best : std::log(sum / static_cast<double>(predicted.size()));
  if (luck == Luck::timing) {
    fit = std::max(fit, fit_of_spread(entry.script, predicted, entry.seen, of_timing));
  } else if (luck == Luck::chance) {
    fit = fit_of_spread(entry.script, predicted, entry.seen, of_chance);
  }
  hypothesis.fits.push_back(entry.counts ? fit : 0);
  hypothesis.fit += hypothesis.fits.back();
}

std::optional<Hypothesis> Belief::held(std::size_t form, const Point& point, double worst) const {
  auto choice = is_stopped() ? std::nullopt : choice_at(forms_[form], point);
  if (!choice) {
    return std::nullopt;
  }
  Hypothesis hypothesis{.form = form, .point = point, .choice = *std::move(choice)};
  hypothesis.rules =
      std::make_unique<OutcomeRules>(breaker::usual_rules(hypothesis.choice.dialect()));
  for (const auto& entry : log_) {
    if (is_stopped()) {
      return std::nullopt;
    }
    live_through(hypothesis, entry);
    if (hypothesis.fit < worst) {
      return std::nullopt;
    }
  }
  return hypothesis;
}

bool Belief::add(std::size_t form, const Point& point, double worst) {
  if (!tried_[form].insert(point).second) {
    return false;
  }
  auto hypothesis = held(form, point, worst);
  if (!hypothesis) {
    return false;
  }
  all_.push_back(*std::move(hypothesis));
  return true;
}

double Belief::best_fit(std::size_t form) const {
  double best = -std::numeric_limits<double>::infinity();
  for (const auto& one : all_) {
    if (one.form == form) {
      best = std::max(best, one.fit);
    }
  }
  return best;
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
          } else if (const auto one = held(form, other, -1000)) {
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
    add(form, point, -1000);
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
  auto luck = Luck::none;  // its timers began when nobody knows, if those of its dialect do
  for (const auto& form : forms_of(std::vector{std::string(choice.dialect().name)})) {
    luck = std::max(luck, form.luck);
  }
  forms_.push_back(
      {.text = choice.text(), .prior = 1, .axes = {}, .luck = luck, .breaker_inside = true});
  tried_.emplace_back();
  add(forms_.size() - 1, {}, -1000);
  weigh();
}

void Belief::learn(const Entry& entry) {
  log_.push_back(entry);
  for (auto& one : all_) {
    if (is_stopped()) {  // not all have lived through it
      forget_last();
      return;
    }
    live_through(one, entry);
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

// What is next to it on each axis, of the values that were tried there, and what lies between.
std::vector<Point> Belief::neighbours(std::size_t form, const Point& point) const {
  std::vector<Point> near;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const auto axis = forms_[form].axes[i];
    std::optional<double> below;
    std::optional<double> above;
    for (const auto& other : tried_[form]) {
      if (other[i] < point[i] && (!below || other[i] > *below)) {
        below = other[i];
      } else if (other[i] > point[i] && (!above || other[i] < *above)) {
        above = other[i];
      }
    }
    std::vector<double> values;
    for (const auto& next : {below, above}) {
      if (next) {
        values.push_back(*next);
        if (const auto middle = between(axis, point[i], *next)) {
          values.push_back(*middle);
        }
      }
    }
    if (!above) {
      values.push_back(point[i] * 2);
    }
    if (is_whole(axis)) {
      values.push_back(point[i] - 1);
      values.push_back(point[i] + 1);
    }
    for (const double value : values) {
      if (value > 0 && !(is_duration(axis) && value > longest_s)) {
        near.push_back(point);
        near.back()[i] = value;
      }
    }
  }
  return near;
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
  std::vector<Point> points;
  const auto count = std::min(most_points, top.size());
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back(top[i * top.size() / count]->point);
  }
  for (const auto& point : points) {
    for (const auto& near : neighbours(form, point)) {
      add(form, near, best - least_penalty);
    }
  }
  return best_fit(form) > best + 0.5;
}

// Points with values that were tried on each axis, near the best or not: where going from one
// neighbour to the next does not lead.
void Belief::wander(std::size_t form) {
  const auto best = std::ranges::max_element(
      all_, {}, [&](const Hypothesis& one) { return one.form == form ? one.fit : -1e9; });
  const auto from = best->point;
  const double worst = best->fit - least_penalty;
  std::vector<std::vector<double>> values(from.size());
  for (const auto& point : tried_[form]) {
    for (std::size_t i = 0; i < point.size(); ++i) {
      if (std::ranges::find(values[i], point[i]) == values[i].end()) {
        values[i].push_back(point[i]);
      }
    }
  }
  auto random = Random(log_.size()).fork(form);
  for (std::size_t i = 0; i < wandering; ++i) {
    auto point = from;
    for (std::size_t axis = 0; axis < point.size(); ++axis) {
      if (random.unit() < 0.5) {
        point[axis] = values[axis][random.next() % values[axis].size()];
      }
    }
    add(form, point, worst);
  }
}

// What fits best is tried in forms that have the same axes, such as its dialect's with one setting
// more: they may not have come near it.
void Belief::try_in_siblings() {
  const auto best = std::ranges::max_element(all_, {}, &Hypothesis::fit);
  const auto axes = forms_[best->form].axes;
  const auto point = best->point;
  const double worst = best->fit - hopeless;
  for (std::size_t form = 0; form < forms_.size() && !axes.empty(); ++form) {
    if (forms_[form].axes == axes) {
      add(form, point, worst);
    }
  }
}

void Belief::refine_all() {
  try_in_siblings();
  const double best = std::ranges::max_element(all_, {}, &Hypothesis::fit)->fit;
  for (std::size_t form = 0; form < forms_.size(); ++form) {
    if (forms_[form].axes.empty() || best_fit(form) < best - worth_refining || is_stopped()) {
      continue;
    }
    if (best < unexplained) {
      wander(form);
    }
    for (int round = 0; round < most_rounds && refine(form, refined_of_form); ++round) {
    }
  }
  weigh();
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
    const bool goes = (one.fit < best - hopeless && kept[one.form] > 0) ||
                      one.fit < best_of[one.form] - hopeless_of_form ||
                      kept[one.form] >= most_of_form;
    kept[one.form] += goes ? 0 : 1;
    return goes && !forms_[one.form].axes.empty();
  });
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
  const std::size_t most_each = std::max<std::size_t>(6, most / 8);
  std::vector<std::vector<const Hypothesis*>> of_form(forms_.size());
  for (const auto* one : order) {
    if (one->likelihood > least) {
      of_form[one->form].push_back(one);
    }
  }
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
