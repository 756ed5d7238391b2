#include "probe/survivors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/ensure.hpp"

namespace tripcurve::probe {
namespace {

constexpr double least_part = 0.01;      // of the likeliest
constexpr double as_good = 1;            // of log-likelihood
constexpr double as_good_by_chance = 3;  // where the likelihood is drawn, too
constexpr double no_better = 0.3;
constexpr double as_likely = 4;  // as the likeliest

std::uint32_t repeated_of(const Belief& belief, const Hypothesis& hypothesis) {
  const auto& log = belief.log();
  std::uint32_t count = 0;
  for (auto entry = log.begin(); entry != log.end(); ++entry) {
    const auto times = std::ranges::count(log.begin(), entry, entry->script, &Entry::script);
    count += times == 1 && belief.is_contradicted_by(hypothesis, entry->script) ? 1U : 0U;
  }
  return count;
}

// Of those that fit as well as any, the one that a person would rather have set.
const Hypothesis& roundest(const Form& form, const std::vector<const Hypothesis*>& points,
                           double best) {
  const Hypothesis* roundest = nullptr;
  double least = 0;
  for (const auto* one : points) {
    double digits = 0;
    for (std::size_t i = 0; i < form.axes.size(); ++i) {
      digits += digits_of(one->point[i]);
    }
    if (one->fit >= best - no_better && (roundest == nullptr || digits < least)) {
      roundest = one;
      least = digits;
    }
  }
  return *roundest;
}

// Whose value that setting has, or has in it.
std::optional<std::size_t> axis_of(const Form& form, const Point& point, const std::string& value) {
  std::optional<std::size_t> axis;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < form.axes.size(); ++i) {
    const auto text = value_text(form.axes[i], point[i]);
    if (text.size() > longest && value.find(text) != std::string::npos) {
      axis = i;
      longest = text.size();
    }
  }
  return axis;
}

// The settings of the choice that differ among the points, from the least to the greatest.
std::vector<std::string> ranges_of(const Form& form, const std::vector<const Hypothesis*>& points) {
  std::vector<std::string> ranges;
  std::map<std::string, std::set<std::pair<double, std::string>>> values;
  for (const auto* one : points) {
    for (const auto& setting : one->choice.settings()) {
      if (const auto axis = axis_of(form, one->point, setting.value)) {
        values[setting.key].insert({one->point[*axis], setting.value});
      }
    }
  }
  for (const auto& [key, of_key] : values) {
    std::set<std::string> texts;
    for (const auto& [number, text] : of_key) {
      texts.insert(text);
    }
    if (texts.size() > 1 && of_key.begin()->second != of_key.rbegin()->second) {
      ranges.push_back(
          fmt::format("{}: {} to {}", key, of_key.begin()->second, of_key.rbegin()->second));
    }
  }
  return ranges;
}

}  // namespace

// Where even the best does not explain all that was seen, others may be right that are as far
// behind it as it is behind that.
std::vector<Survivor> survivors_of(const Belief& belief) {
  std::map<std::size_t, std::vector<const Hypothesis*>> by_form;
  double best = 0;
  std::map<std::size_t, double> likelihoods;
  for (const auto& one : belief.all()) {
    by_form[one.form].push_back(&one);
    likelihoods[one.form] += one.likelihood;
    best = std::max(best, likelihoods[one.form]);
  }
  std::vector<Survivor> survivors;
  for (auto& [form, points] : by_form) {
    if (likelihoods[form] < best * least_part) {
      continue;
    }
    const auto& fittest = **std::ranges::max_element(points, {}, &Hypothesis::fit);
    const double best_fit = fittest.fit;
    const double near = belief.forms()[form].luck == Luck::jitter ? as_good_by_chance : as_good;
    const double worst = best_fit - (belief.is_explained(fittest) ? near : near - best_fit);
    std::erase_if(points, [&](const Hypothesis* one) { return one->fit < worst; });
    const auto& shown = roundest(belief.forms()[form], points, best_fit);
    survivors.push_back({.choice = shown.choice,
                         .likelihood = likelihoods[form],
                         .breaker_inside = belief.forms()[form].breaker_inside,
                         .ranges = ranges_of(belief.forms()[form], points),
                         .contradictions = belief.contradictions_of(shown),
                         .repeated = repeated_of(belief, shown)});
  }
  std::ranges::stable_sort(survivors, std::ranges::greater(), &Survivor::likelihood);
  return survivors;
}

void tell_twins(std::vector<Survivor>& survivors, const Belief& belief, const Hint& hint,
                const Entry& like) {
  auto scripts = scripts_for(belief, hint);
  for (const auto& entry : belief.log()) {
    scripts.push_back(entry.script);
  }
  const auto seen_of = [&](const Survivor& survivor, const Script& script) {
    auto entry = like;
    entry.script = script;
    auto around = belief.around(0);
    around.breaker_inside = survivor.breaker_inside;
    return predict(survivor.choice, breaker::usual_rules(survivor.choice.dialect()), around, entry)
        .seen;
  };
  const auto are_twins = [&](const Survivor& one, const Survivor& other) {
    return std::ranges::all_of(scripts, [&](const Script& script) {
      return !belief.is_stopped() && seen_of(one, script) == seen_of(other, script);
    });
  };
  for (std::size_t i = 1; i < survivors.size(); ++i) {
    for (std::size_t k = 0; k < i && !survivors[i].twin_of; ++k) {
      if (!survivors[k].twin_of && are_twins(survivors[k], survivors[i])) {
        survivors[i].twin_of = k;
      }
    }
  }
}

namespace {

// Whether it has these settings, of which some may be its library's by default.
bool has_settings_of(const Belief& belief, const Hypothesis& one, const breaker::Choice& choice) {
  const bool is_asked_for =
      belief.is_asked_about(one) && belief.forms()[one.form].text == choice.text();
  const bool is_same = one.choice.dialect().name == choice.dialect().name &&
                       one.choice.settings() == choice.settings();
  return is_asked_for || is_same;
}

}  // namespace

// What was seen only once, and not again, says nothing against it.
bool is_left(const Belief& belief, const breaker::Choice& choice) {
  const double best = std::ranges::max_element(belief.all(), {}, &Hypothesis::fit)->fit;
  return std::ranges::any_of(belief.all(), [&](const Hypothesis& one) {
    double fit = one.fit;
    for (std::size_t i = 0; i < one.fits.size(); ++i) {
      const bool is_excused =
          one.fits[i] < contradiction && !belief.is_contradicted_by(one, belief.log()[i].script);
      fit -= is_excused ? one.fits[i] : 0;
    }
    return has_settings_of(belief, one, choice) && fit > best - as_likely;
  });
}

}  // namespace tripcurve::probe
