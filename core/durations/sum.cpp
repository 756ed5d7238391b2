// Durations that are added up, each independent of the others, and each there for all or for a
// share of the draws only.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "core/durations/numbers.hpp"
#include "core/durations/shapes.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

// Terms that vary: the distribution function of their sum is an integral for each but one.
constexpr std::ptrdiff_t most_varying = 3;
constexpr std::size_t most_terms = 8;

// A quantile of a term, and how much of the whole it stands for.
struct Sampled {
  Duration value{};
  double weight = 0;
};

// Gauss-Legendre with eight places in each of these stretches of u, so that tails count.
std::vector<Sampled> sampled(const DurationDistribution& part) {
  static constexpr std::array<double, 7> edges{0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
  static constexpr std::array<double, 4> places{0.1834346424956498, 0.5255324099163290,
                                                0.7966664774136267, 0.9602898564975363};
  static constexpr std::array<double, 4> weights{0.3626837833783620, 0.3137066458778873,
                                                 0.2223810344533745, 0.1012285362903763};
  std::vector<Sampled> all;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const double half = (edges[i + 1] - edges[i]) / 2;
    const double middle = edges[i] + half;
    for (std::size_t j = 0; j < places.size(); ++j) {
      for (const double place : {middle - half * places[j], middle + half * places[j]}) {
        all.push_back({part.quantile(place), weights[j] * half});
      }
    }
  }
  return all;
}

class Sum final : public Shape {
 public:
  explicit Sum(std::vector<Term> terms) : terms_(std::move(terms)) {
    for (const auto& term : terms_) {
      order_.push_back({&term, {}});
      least_ += term.share < 1 ? Duration{} : term.part.quantile(0);
    }
    std::ranges::stable_partition(order_,
                                  [](const Step& step) { return step.term->part.is_fixed(); });
    bool is_first = true;
    for (auto& [term, values] : order_) {
      if (!term->part.is_fixed() && !std::exchange(is_first, false)) {
        values = sampled(term->part);
      }
    }
  }

  // The draws of the first term are those that it would have alone.
  [[nodiscard]] Duration draw(Random draws, const Moment& moment) const override {
    Duration sum{};
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      const auto own = i == 0 ? draws : draws.fork(i);
      if (terms_[i].share >= 1 || own.fork("share").unit() < terms_[i].share) {
        sum += terms_[i].part.sample(own, moment);
      }
    }
    return std::min(sum, longest_drawn);
  }
  // The shortest that no more than the rest of the draws exceeds.
  [[nodiscard]] Duration quantile(double q) const override {
    auto low = least_.count() - 1;
    auto high = longest_drawn.count();
    while (high - low > 1) {
      const auto middle = low + (high - low) / 2;
      (share_above(Duration(middle)) <= 1 - q ? high : low) = middle;
    }
    return Duration(high);
  }
  [[nodiscard]] Duration mean() const override {
    double sum = 0;
    for (const auto& term : terms_) {
      sum += term.share * ns(term.part.mean());
    }
    return rounded(sum);
  }
  [[nodiscard]] double share_above(Duration limit) const override {
    return above(0, limit, nullptr);
  }

  [[nodiscard]] std::string text() const override {
    std::string text;
    for (const auto& [part, share] : terms_) {
      text += (text.empty() ? "" : " + ") + part.text() +
              (share < 1 ? ":" + format_share({share}) : "");
    }
    return text;
  }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    std::vector<std::string> all;
    for (const auto& term : terms_) {
      const auto remarks = term.part.remarks();
      all.insert(all.end(), remarks.begin(), remarks.end());
    }
    return all;
  }
  [[nodiscard]] bool takes_one_number() const override { return false; }
  [[nodiscard]] bool counts_in_flight() const override {
    return std::ranges::any_of(terms_, [](const Term& t) { return t.part.counts_in_flight(); });
  }
  [[nodiscard]] bool has_quick_quantile() const override { return false; }

 private:
  // What is fixed comes first. Of those that vary and are there the first needs no integral.
  struct Step {
    const Term* term = nullptr;
    std::vector<Sampled> values{};  // of one that varies, but for the first
  };

  // The chance that the terms from step i on, and `varying` if it is there, come to more than
  // `rest`.
  [[nodiscard]] double above(std::size_t i, Duration rest,
                             const DurationDistribution* varying) const {
    if (rest < Duration::zero()) {
      return 1;
    }
    if (i == order_.size()) {
      return varying != nullptr ? varying->share_above(rest) : 0;
    }
    const auto& [term, values] = order_[i];
    double hit = 0;
    if (term->part.is_fixed()) {
      hit = above(i + 1, rest - term->part.quantile(0), varying);
    } else if (varying == nullptr) {
      hit = above(i + 1, rest, &term->part);
    } else {
      for (const auto& [value, weight] : values) {
        hit += weight * above(i + 1, rest - value, varying);
      }
    }
    return term->share >= 1 ? hit
                            : term->share * hit + (1 - term->share) * above(i + 1, rest, varying);
  }

  std::vector<Term> terms_;
  std::vector<Step> order_;
  Duration least_{};
};

}  // namespace

Result<DurationDistribution> sum_of(std::vector<Term> terms, std::string_view text) {
  if (terms.size() > most_terms) {
    return Error{quoted(text) + " adds up more than 8 parts", "leave some of them out"};
  }
  // A share of nothing is the same as not being there.
  std::erase_if(terms, [](const Term& term) {
    return term.share <= 0 || (term.part.is_fixed() && term.part.quantile(0) == Duration::zero());
  });
  Duration longest{};
  for (const auto& term : terms) {
    longest += term.part.is_fixed() ? term.part.quantile(0) : Duration{};
  }
  if (longest > longest_drawn) {
    return Error{quoted(text) + " comes to more than 10000h", "write 10000h or less in all"};
  }
  const bool all_fixed = std::ranges::all_of(
      terms, [](const Term& term) { return term.part.is_fixed() && term.share >= 1; });
  if (all_fixed) {
    return DurationDistribution::fixed(longest);
  }
  if (terms.size() == 1 && terms.front().share >= 1) {
    return std::move(terms.front().part);
  }
  if (std::ranges::count_if(terms, [](const Term& t) { return !t.part.is_fixed(); }) >
      most_varying) {
    return Error{quoted(text) + " adds up more than 3 parts that vary", "leave some of them out"};
  }
  return DurationDistribution(std::make_shared<Sum>(std::move(terms)));
}

}  // namespace tripcurve::durations
