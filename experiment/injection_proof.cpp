#include "experiment/injection_proof.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>

#include "core/text.hpp"
#include "theory/binomial.hpp"

namespace tripcurve::experiment {
namespace {

// Of so many seeds, one has more or fewer hits than are called likely.
constexpr double unlikely = 1e-3;

// The least whole number from `low` on for which `holds`, which is at most `high`.
template <typename Holds>
std::uint64_t first_of(std::uint64_t low, std::uint64_t high, Holds holds) {
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (holds(static_cast<double>(middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

void set_likely(report::InjectedShare& share) {
  const double p = share.requested;
  const auto n = static_cast<double>(share.drawn);
  if (p <= 0 || p >= 1) {
    share.least = share.most = p <= 0 ? 0 : share.drawn;
    return;
  }
  share.least = first_of(
      0, share.drawn, [&](double k) { return theory::binomial_at_most(n, k, p) >= unlikely / 2; });
  share.most = first_of(0, share.drawn, [&](double k) {
    return theory::binomial_at_least(n, k + 1, p) < unlikely / 2;
  });
}

std::uint64_t count_of(const std::vector<std::pair<std::string, std::uint64_t>>& counts,
                       const std::string& kind) {
  const auto found =
      std::ranges::find_if(counts, [&](const auto& one) { return one.first == kind; });
  return found == counts.end() ? 0 : found->second;
}

// Of all requests of a phase together. Those of different rules have different shares; what the
// mean of these makes likely is a little wider than what they do.
report::InjectedShare share_of(const faults::Plan& plan, const faults::PhaseLedger& ledger,
                               std::size_t phase, std::size_t kind) {
  const auto& word = plan.kinds(phase)[kind];
  // What a person injects was not drawn.
  report::InjectedShare share{
      .kind = word, .injected = ledger.injected[kind].second - count_of(ledger.by_hand, word)};
  if (const auto spared = count_of(ledger.spared, word); spared > 0) {
    share.spared = spared;
  }
  bool by_itself = true;
  double expected = 0;
  const auto take = [&](const std::optional<faults::Plan::Asked>& asked, std::uint64_t drawn) {
    if (asked && drawn > 0) {
      expected += asked->share * static_cast<double>(drawn);
      share.drawn += drawn;
      by_itself = by_itself && asked->by_itself;
    }
  };
  for (std::size_t place = 0; place < plan.places(); ++place) {
    take(plan.asked(phase, place, kind), ledger.drawn[place]);
  }
  if (const auto asked = plan.asked_of_connections(phase, kind)) {
    share.of_connections = true;
    take(asked, ledger.connections);
  }
  if (share.drawn > 0) {
    share.requested = expected / static_cast<double>(share.drawn);
    if (by_itself) {
      set_likely(share);
    }
  }
  return share;
}

// To a client that waits, and whose connection may or may not have been there.
bool look_alike(CallEnd a, CallEnd b) {
  return a.kind() == b.kind() && a.status() == b.status() && a.handshake() == b.handshake();
}

bool is_among(const std::vector<CallEnd>& ends, CallEnd end) {
  return std::ranges::any_of(ends, [&](CallEnd one) { return look_alike(one, end); });
}

// What the load has seen that ends as requests do that are hit by that kind, and how much of it the
// phase's faults of this and other kinds were to make.
void set_observed(report::InjectedShare& share, const faults::Plan& plan,
                  const faults::PhaseLedger& ledger, std::size_t phase, std::size_t kind,
                  const load::PhaseTally& seen, faults::Plan::Answers answers) {
  const auto ends = plan.ends_by(phase, kind, answers);
  if (ends.empty()) {
    return;
  }
  for (std::size_t other = 0; other < plan.kinds(phase).size(); ++other) {
    const auto others = plan.ends_by(phase, other, answers);
    if (std::ranges::any_of(others, [&](CallEnd end) { return is_among(ends, end); })) {
      share.to_observe += ledger.injected[other].second;
    }
  }
  share.observed = 0;
  for (const auto& [end, attempts] : seen.ends) {
    *share.observed += is_among(ends, end) ? attempts : 0;
  }
}

std::vector<std::vector<report::InjectedShare>> shares_of(const faults::Plan& plan,
                                                          const faults::Ledger& ledger,
                                                          const load::Tally* seen,
                                                          faults::Plan::Answers answers) {
  std::vector<std::vector<report::InjectedShare>> all;
  for (std::size_t i = 0; i < ledger.phases().size(); ++i) {
    auto& of_phase = all.emplace_back();
    for (std::size_t kind = 0; kind < plan.kinds(i).size(); ++kind) {
      auto share = share_of(plan, ledger.phases()[i], i, kind);
      if (share.drawn == 0) {
        continue;
      }
      if (seen != nullptr) {
        set_observed(share, plan, ledger.phases()[i], i, kind, seen->phases[i], answers);
      }
      of_phase.push_back(std::move(share));
    }
  }
  return all;
}

}  // namespace

std::vector<std::vector<report::InjectedShare>> injected_shares(const faults::Plan& plan,
                                                                const faults::Ledger& ledger) {
  return shares_of(plan, ledger, nullptr, faults::Plan::Answers::own);
}

std::vector<std::vector<report::InjectedShare>> injected_shares(const faults::Plan& plan,
                                                                const faults::Ledger& ledger,
                                                                const load::Tally& seen,
                                                                faults::Plan::Answers answers) {
  return shares_of(plan, ledger, &seen, answers);
}

std::vector<std::string> never_matched(const faults::Plan& plan, const faults::Ledger& ledger) {
  std::vector<std::uint64_t> met(plan.upstream().rules.size());
  std::vector<std::string> all;
  for (const auto& phase : ledger.phases()) {
    for (std::size_t place = 0; place < phase.came.size(); ++place) {
      for (const auto rule : plan.rules_at(place)) {
        met[rule] += phase.came[place];
      }
    }
  }
  for (std::size_t rule = 0; rule < met.size(); ++rule) {
    if (met[rule] == 0) {
      all.push_back("rule " + quoted(plan.upstream().rules[rule].match.text()) +
                    ": no request matched it, or an earlier rule took them all");
    }
  }
  for (std::size_t i = 0; i < ledger.phases().size(); ++i) {
    const auto& came = ledger.phases()[i].came;
    const auto middle = came.begin() + static_cast<std::ptrdiff_t>(came.size() / 2);
    const auto sum = [](auto from, auto to) {
      return std::accumulate(from, to, std::uint64_t{0}, std::plus{});
    };
    if (const auto& on = plan.phases()[i].on;
        on && sum(came.begin(), middle) == 0 && sum(middle, came.end()) > 0) {
      all.push_back("phase " + quoted(plan.phases()[i].name) +
                    ": no request matched on=" + on->text());
    }
  }
  return all;
}

}  // namespace tripcurve::experiment
