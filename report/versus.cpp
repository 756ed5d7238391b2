#include "report/versus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::report {
namespace {

std::uint64_t requests_of(const PhaseSummary& phase) {
  return phase.upstream ? phase.upstream->requests : phase.counts.sent;
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : show_share(static_cast<double>(part) / static_cast<double>(whole));
}

std::string availability_text(const load::Counts& counts) {
  return share_text(counts.ok + counts.fallback, counts.ended());
}

std::string time_text(const LatencyStats& stats, Duration LatencyStats::* quantile) {
  return stats.count == 0 ? "-" : show_duration(stats.*quantile);
}

// What one run has to show, by rows. What would have become of rejected calls is known only where
// the load itself calls tripcurve's upstream.
std::vector<std::string> column_of(const PhaseSummary& phase, bool knows_rejected) {
  const auto& counts = phase.counts;
  return {show_count(requests_of(phase)),
          availability_text(counts),
          show_count(counts.failed()),
          show_count(counts.rejected() + counts.full),
          knows_rejected ? show_count(counts.rejected_good) : "-",
          time_text(phase.response, &LatencyStats::p50),
          time_text(phase.response, &LatencyStats::p99),
          show_duration(phase.wasted)};
}

std::string plural_of(std::uint64_t n, const char* word) {
  return show_count(n) + " " + std::string(plural(static_cast<double>(n), word));
}

// The two runs as text.
class Sides {
 public:
  explicit Sides(const Summary& summary) : summary_(summary), other_(*summary.versus) {}

  [[nodiscard]] std::string text() const {
    auto text = hang("Versus  ", headline());
    for (std::size_t i = 0; i < summary_.phases.size(); ++i) {
      if (summary_.phases[i].phase.fault) {
        text += numbers(summary_.phases[i], other_.phases[i]);
        text += endpoints(summary_.phases[i], other_.phases[i]);
      }
    }
    text += numbers(summary_.totals, other_.totals);
    text += breakers();
    return text + hang("  - ", sentence()) + '\n';
  }

 private:
  [[nodiscard]] bool is_shared() const { return other_.breaker == Versus::shared; }
  [[nodiscard]] bool is_topology() const { return !summary_.services.empty(); }
  // Of calls that a breaker rejected, it is known what would have become of them.
  [[nodiscard]] bool knows_rejected() const { return summary_.totals.upstream && !is_topology(); }

  [[nodiscard]] std::string own_label() const {
    if (!is_shared()) {
      return "with";
    }
    const bool by_endpoint = !summary_.facts.breakers.front().identity.endpoint.empty();
    return by_endpoint ? "per endpoint" : "per client";
  }
  [[nodiscard]] std::string other_label() const { return is_shared() ? "shared" : "without"; }

  [[nodiscard]] std::string headline() const {
    if (is_shared()) {
      return fmt::format("{}; {}: {}; shared: one breaker for all calls{}", summary_.facts.dialect,
                         own_label(), plural_of(summary_.breakers.size(), "breaker"), how());
    }
    const auto own = is_topology() ? "the breakers of its services" : summary_.facts.dialect;
    return fmt::format("with {}; without: {}{}", own, other_.breaker, how());
  }
  // A run on the wire is held against a simulation.
  [[nodiscard]] std::string how() const {
    return other_.command == summary_.facts.command ? "" : " (simulated)";
  }

  [[nodiscard]] std::string numbers(const PhaseSummary& own, const PhaseSummary& other) const {
    const std::vector<std::string> labels{
        "upstream requests",    "availability", "failed", "rejected",
        "  would have been ok", "p50",          "p99",    "time wasted on failures"};
    const auto left = column_of(own, knows_rejected());
    const auto right = column_of(other, knows_rejected());
    std::vector<std::vector<std::string>> lines{{own.phase.name, own_label(), other_label()}};
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (left[i] != "-" || right[i] != "-") {
        lines.push_back({labels[i], left[i], right[i]});
      }
    }
    return render_columns(lines);
  }

  // Which endpoints a breaker that all share takes down with the one that fails.
  [[nodiscard]] std::string endpoints(const PhaseSummary& own, const PhaseSummary& other) const {
    if (!is_shared() || own.endpoints.size() < 2 ||
        other.endpoints.size() != own.endpoints.size()) {
      return "";
    }
    constexpr std::size_t most = 20;
    std::vector<std::vector<std::string>> lines{
        {own.phase.name, "available", "shared", "good rejected", "shared"}};
    const auto shown = std::min(own.endpoints.size(), most);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& mine = own.endpoints[i].counts;
      const auto& its = other.endpoints[i].counts;
      lines.push_back({own.endpoints[i].name, availability_text(mine), availability_text(its),
                       show_count(mine.rejected_good), show_count(its.rejected_good)});
    }
    auto text = render_columns(lines);
    if (shown < own.endpoints.size()) {
      text += fmt::format("  ... {} more\n", show_count(own.endpoints.size() - shown));
    }
    return text;
  }

  // How the breakers of one side reacted to the faults that were about them.
  struct Reacted {
    std::uint64_t breakers = 0;               // that a fault was about
    std::uint64_t opened = 0;                 // of these, that opened for one
    std::optional<Duration> first{}, last{};  // from the fault to the opening
  };
  static Reacted reacted(const std::vector<BreakerSummary>& breakers) {
    Reacted all;
    for (const auto& breaker : breakers) {
      bool opened = false;
      for (const auto& reaction : breaker.reactions) {
        if (const auto time = reaction.time_to_open) {
          opened = true;
          all.first = std::min(all.first.value_or(*time), *time);
          all.last = std::max(all.last.value_or(*time), *time);
        }
      }
      all.breakers += breaker.reactions.empty() ? 0U : 1U;
      all.opened += opened ? 1U : 0U;
    }
    return all;
  }

  [[nodiscard]] std::string breakers() const {
    if (!is_shared()) {
      return "";
    }
    const auto own = reacted(summary_.breakers);
    const auto other = reacted(other_.breakers);
    const auto opened = [](const Reacted& all) {
      return fmt::format("{} of {}", show_count(all.opened), show_count(all.breakers));
    };
    const auto time = [](const std::optional<Duration>& taken) {
      return taken ? show_duration(*taken) : "never";
    };
    return render_columns({{"breakers", own_label(), other_label()},
                           {"opened for a fault", opened(own), opened(other)},
                           {"time to open, first", time(own.first), time(other.first)},
                           {"time to open, last", time(own.last), time(other.last)}});
  }

  [[nodiscard]] std::string sentence() const {
    if (is_shared()) {
      return shared_sentence();
    }
    return fmt::format("{}. Callers waited {} for calls that failed, instead of {}.{}",
                       requests_sentence(), show_duration(summary_.totals.wasted),
                       show_duration(other_.totals.wasted), rejections_sentence());
  }

  // "saved 11,204 upstream requests", or how many more there were.
  [[nodiscard]] std::string requests_sentence() const {
    const auto mine = requests_of(summary_.totals);
    const auto its = requests_of(other_.totals);
    return mine <= its ? "The breaker saved " + plural_of(its - mine, "upstream request")
                       : fmt::format("With the breaker the upstream got {} more",
                                     plural_of(mine - its, "request"));
  }

  // What its rejections cost. In a topology the breakers stand elsewhere, and nobody knows what
  // would have become of the calls that they rejected.
  [[nodiscard]] std::string rejections_sentence() const {
    return is_topology() ? "" : fmt::format(" It rejected {}.", rejections(summary_.totals.counts));
  }
  [[nodiscard]] std::string rejections(const load::Counts& counts) const {
    return plural_of(counts.rejected(), "call") +
           (knows_rejected() ? fmt::format(", {} of which would have been answered well",
                                           show_count(counts.rejected_good))
                             : "");
  }

  [[nodiscard]] std::string shared_sentence() const {
    return fmt::format("One breaker for all calls rejects {}. The breakers {} reject {}.",
                       rejections(other_.totals.counts), own_label(),
                       rejections(summary_.totals.counts));
  }

  const Summary& summary_;
  const Versus& other_;
};

}  // namespace

std::string versus_text(const Summary& summary) {
  if (summary.through) {
    return like_text(summary);
  }
  return summary.versus ? Sides(summary).text() : "";
}

}  // namespace tripcurve::report
