#include "through/words.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/units.hpp"

namespace tripcurve::through {
namespace {

using breaker::State;
using Kind = Verdict::Kind;

// Fewer withheld calls than this, in a phase or as a share of it, are not worth a sentence.
constexpr std::uint64_t few = 5;
constexpr double small_share = 0.02;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string time(TimePoint when) {
  return fmt::format("{:.3f} s", to_seconds(when.time_since_epoch()));
}

constexpr std::size_t most_spells = 12;

std::string between(const Bounds& bounds) {
  return fmt::format("between {} and {}", time(bounds.earliest), time(bounds.latest));
}

// What the calls that were withheld while others went out have in common.
class Strays {
 public:
  Strays(const Seen& seen, const Verdicts& verdicts, const Phase& phase)
      : seen_(seen),
        verdicts_(verdicts),
        phase_(phase),
        others_(under_way(seen, verdicts)),
        alone_(alone(seen, verdicts)) {}

  // How many calls were under way at the dependency whenever one was withheld, where that was
  // always the same number and others went out in between.
  [[nodiscard]] std::optional<std::uint64_t> constant_under_way() const {
    std::optional<std::uint64_t> constant;
    std::uint64_t out_since = 0;
    for (std::size_t i = 0; i < verdicts_.all.size(); ++i) {
      const auto& verdict = verdicts_.all[i];
      if (!in_phase(seen_.calls[verdict.call].sent)) {
        continue;
      }
      out_since += constant && verdict.kind == Kind::out ? 1U : 0U;
      if (verdict.kind != Kind::withheld) {
        continue;
      }
      if (constant && *constant != others_[i]) {
        return std::nullopt;
      }
      constant = others_[i];
    }
    return constant && *constant > 0 && out_since >= few ? constant : std::nullopt;
  }

  // How many arrived in each full second, where that was always nearly the same number.
  [[nodiscard]] std::optional<std::uint64_t> constant_rate() const {
    std::map<std::int64_t, std::uint64_t> by_second;
    const auto begin = std::chrono::ceil<std::chrono::seconds>(phase_.begin.time_since_epoch());
    const auto end = std::chrono::floor<std::chrono::seconds>(phase_.end.time_since_epoch());
    if (end - begin < std::chrono::seconds(3)) {
      return std::nullopt;
    }
    for (auto second = begin; second < end; second += std::chrono::seconds(1)) {
      by_second[second.count()] = 0;
    }
    for (const auto& arrival : seen_.arrivals) {
      const auto second = std::chrono::floor<std::chrono::seconds>(arrival.at.time_since_epoch());
      if (const auto found = by_second.find(second.count()); found != by_second.end()) {
        ++found->second;
      }
    }
    const auto [least, most] = std::ranges::minmax_element(
        by_second, {}, [](const auto& second) { return second.second; });
    const bool steady =
        most->second - least->second <= std::max<std::uint64_t>(1, most->second / 50);
    return steady && least->second > 0 ? std::optional(most->second) : std::nullopt;
  }

  // A call was withheld while nothing was under way at the dependency.
  [[nodiscard]] bool any_alone() const {
    for (std::size_t i = 0; i < verdicts_.all.size(); ++i) {
      const auto& verdict = verdicts_.all[i];
      if (verdict.kind == Kind::withheld && alone_[i] && in_phase(seen_.calls[verdict.call].sent)) {
        return true;
      }
    }
    return false;
  }

 private:
  [[nodiscard]] bool in_phase(TimePoint when) const {
    return phase_.begin <= when && when < phase_.end;
  }

  const Seen& seen_;
  const Verdicts& verdicts_;
  const Phase& phase_;
  std::vector<std::uint64_t> others_;
  std::vector<bool> alone_;
};

// Why the calls that were withheld in a phase may not be the work of one breaker.
std::optional<std::string> phase_doubt(const Strays& strays, const PhaseCounts& counts,
                                       const Phase& phase, double usual) {
  const bool many =
      counts.withheld >= few && share(counts.withheld, counts.calls) > small_share + usual;
  if (!many) {
    return std::nullopt;
  }
  const auto what =
      fmt::format("in phase {}, {} of {} were withheld while others went out", phase.name,
                  show_count(counts.withheld), count_of(counts.calls, "call"));
  if (const auto under_way = strays.constant_under_way()) {
    return fmt::format(
        "{}, each while exactly {} under way at the dependency: a bulkhead with {} looks like "
        "that, and a breaker does not; raise its limit, and they go out",
        what, *under_way == 1 ? "1 call was" : show_count(*under_way) + " calls were",
        count_of(*under_way, "place"));
  }
  if (const auto rate = strays.constant_rate(); rate && share(counts.out, counts.calls) > 0.1) {
    return fmt::format(
        "{}, and about {} arrived in each second: a rate limiter looks like that, and a breaker "
        "does not; lower --rate, and all of them go out",
        what, show_count(*rate));
  }
  if (counts.stray < few || share(counts.stray, counts.calls) <= small_share + usual) {
    return std::nullopt;
  }
  return fmt::format(
      "{}: a breaker of one of several instances of the service, or for some of its calls only, "
      "looks like that, and so do a bulkhead, a rate limiter and a retry budget; run a single "
      "instance and call a single endpoint to tell them apart",
      what);
}

// Calls that were withheld in a phase because others were under way, maybe.
std::optional<std::string> crowd_doubt(const Strays& strays, const PhaseCounts& counts,
                                       const Phase& phase, double usual) {
  const bool many =
      counts.withheld >= few && share(counts.withheld, counts.calls) > small_share + usual;
  if (!many || strays.any_alone()) {
    return std::nullopt;
  }
  return fmt::format(
      "in phase {}, {} of {} were withheld, each of them while another was under way at the "
      "dependency: a bulkhead or a pool of connections that is full, and requests that are "
      "combined, look like that; let the fault answer at once (errors=503), or raise their limit, "
      "and only a breaker withholds calls still",
      phase.name, show_count(counts.withheld), count_of(counts.calls, "call"));
}

void doubt_open_spells(const Observed& observed, std::vector<std::string>& found) {
  for (const auto& spell : observed.spells) {
    if (spell.state == State::open && spell.alone == 0) {
      const auto least = std::max<std::uint64_t>(spell.under_way, 1);
      found.push_back(fmt::format(
          "while it seemed open from {} on, at least {} under way at the dependency all the time: "
          "a bulkhead or a pool of connections whose places they hold looks the same; let the "
          "fault answer (errors=503) instead of hanging, and only a breaker withholds calls still",
          time(spell.began.latest), least == 1 ? "1 call was" : show_count(least) + " calls were"));
      return;
    }
  }
}

// One breaker stays open for as long as before, or longer; several take turns at letting calls out.
std::optional<std::string> uneven_stays(const std::vector<Spell>& spells,
                                        const Timetable& timetable) {
  constexpr int much_shorter = 3;
  for (const auto& fault : timetable.faults()) {
    Duration longest{};
    for (const auto& spell : spells) {
      if (spell.state != State::open || spell.began.earliest < fault.begin ||
          fault.end <= spell.ended.latest) {
        continue;
      }
      const auto most = spell.ended.latest - spell.began.earliest;
      if (most * much_shorter < longest) {
        return fmt::format(
            "it was open for at least {} once, and for at most {} at {}: a breaker in each worker "
            "process or instance of the service looks like that; run one of them to judge one "
            "breaker",
            show_duration(longest), show_duration(most), time(spell.began.latest));
      }
      longest = std::max(longest, spell.ended.earliest - spell.began.latest);
    }
  }
  return std::nullopt;
}

// Arrivals that may be of any call, where others come that are of none.
void doubt_counting(const Observed& observed, std::vector<std::string>& found) {
  const auto& calibration = observed.calibration;
  const bool many =
      calibration.strange >= few && share(calibration.strange, calibration.answered) > small_share;
  const bool nothing_was_withheld = observed.changes.empty() && calibration.withheld == 0;
  if (calibration.attributed || !many || nothing_was_withheld) {
    return;
  }
  found.push_back(fmt::format(
      "while all was well {} came while no call was under way, of a health check, a background "
      "task, or calls that were answered before: which arrivals are of calls, and so when its "
      "breaker was open, is not sure; have the service pass on X-Request-Id, and each arrival is "
      "attributed to its call",
      count_of(calibration.strange, "arrival")));
}

// A cache that answers so many calls in a row that a breaker behind it cannot be seen in a fault.
void doubt_patience(const Observed& observed, const Timetable& timetable,
                    std::vector<std::string>& found) {
  const auto row = observed.calibration.patience.withheld;
  if (observed.calibration.withheld == 0 || timetable.faults().empty()) {
    return;
  }
  std::uint64_t most = 0;
  for (const auto& fault : timetable.faults()) {
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < observed.phases.size(); ++i) {
      const auto& phase = timetable.phases()[i];
      calls += fault.begin <= phase.begin && phase.end <= fault.end ? observed.phases[i].calls : 0;
    }
    most = std::max(most, calls);
  }
  if (most > 0 && most < row) {
    found.push_back(fmt::format(
        "so many calls are answered without an arrival even while all is well that only {} in a "
        "row "
        "would show an open breaker, and no fault met more than {}: raise --rate, make the faults "
        "longer, or have the service cache less",
        show_count(row), count_of(most, "call")));
  }
}

}  // namespace

std::optional<std::string> several_per_call(const Calibration& calibration) {
  const auto& [until, answered, out, withheld, extra, strange, late, attributed, patience] =
      calibration;
  // Where calls are only counted, one may be taken for another now and then.
  const auto few_extra = attributed ? 0 : small_share;
  if (answered < enough_to_tell || out == 0 || share(extra, out) <= few_extra) {
    return std::nullopt;
  }
  return fmt::format(
      "while all was well the service called its dependency {:.2f} times per call: it retries, "
      "hedges, or needs several requests; upstream_requests and amplification count them all",
      1 + share(extra, out));
}

std::vector<std::string> calibration_words(const Calibration& calibration) {
  std::vector<std::string> found;
  const auto& [until, answered, out, withheld, extra, strange, late, attributed, patience] =
      calibration;
  found.emplace_back(
      attributed ? "the service passes the identity of a call on, so each arrival is attributed to "
                   "its call"
                 : "the service does not pass on traceparent, X-Request-Id or the header that "
                   "through.id_header names, so calls and arrivals are only counted");
  if (answered < enough_to_tell) {
    found.push_back(fmt::format(
        "only {} answered before the first fault, too few to know how the service calls while all "
        "is well; begin with a longer phase without a fault",
        answered == 1 ? "1 call was" : show_count(answered) + " calls were"));
    return found;
  }
  if (auto words = several_per_call(calibration)) {
    found.push_back(*std::move(words));
  }
  if (withheld > 0) {
    found.push_back(fmt::format(
        "while all was well {} of {} were answered without an arrival: a cache answers, requests "
        "are combined, or a limit is reached even then; {} such calls in a row are taken for an "
        "open breaker",
        show_count(withheld), count_of(answered, "call"), patience.withheld));
  }
  if (late > Duration::zero()) {
    found.push_back(fmt::format(
        "the service answers before it calls its dependency: a call may arrive up to {} after its "
        "answer",
        show_duration(late)));
  }
  if (strange > 0) {
    found.push_back(fmt::format(
        "while all was well {} of no call: a health check or a background task of the service; "
        "they are not counted as calls that went out",
        strange == 1 ? "1 arrival was" : show_count(strange) + " arrivals were"));
  }
  return found;
}

std::vector<std::string> spell_words(const Observed& observed) {
  std::vector<std::string> found;
  std::size_t left_out = 0;
  for (const auto& spell : observed.spells) {
    if (spell.state == State::closed) {
      continue;
    }
    if (found.size() == most_spells) {
      ++left_out;
      continue;
    }
    if (spell.state == State::half_open && spell.out > 0) {
      found.push_back(fmt::format("half_open: {}, until {}: {} went out", between(spell.began),
                                  between(spell.ended), count_of(spell.out, "call")));
      continue;
    }
    const bool lasts = spell.ended.earliest == spell.ended.latest;
    found.push_back(fmt::format(
        "{}: {}, until {}: {} came, {} went out", breaker::name(spell.state), between(spell.began),
        lasts ? "the end of the run" : between(spell.ended), count_of(spell.calls, "call"),
        spell.out == 0 ? "none" : show_count(spell.out)));
  }
  if (left_out > 0) {
    found.push_back(fmt::format("{} more in open or half_open, which the JSON file has",
                                count_of(left_out, "stay")));
  }
  return found;
}

std::vector<std::string> doubts(const Seen& seen, const Verdicts& verdicts,
                                const Observed& observed, const Timetable& timetable) {
  std::vector<std::string> found;
  const auto usual = share(observed.calibration.withheld, observed.calibration.answered);
  for (std::size_t i = 0; i < observed.phases.size(); ++i) {
    const auto& phase = timetable.phases()[i];
    if (auto doubt = phase_doubt(Strays(seen, verdicts, phase), observed.phases[i], phase, usual)) {
      found.push_back(*std::move(doubt));
    }
  }
  if (found.empty()) {
    doubt_open_spells(observed, found);
  }
  for (std::size_t i = 0; i < observed.phases.size() && found.empty(); ++i) {
    const auto& phase = timetable.phases()[i];
    if (auto doubt = crowd_doubt(Strays(seen, verdicts, phase), observed.phases[i], phase, usual)) {
      found.push_back(*std::move(doubt));
    }
  }
  doubt_counting(observed, found);
  doubt_patience(observed, timetable, found);
  return found;
}

std::vector<std::string> unseen_words(const Observed& observed, const Timetable& timetable) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < observed.phases.size(); ++i) {
    if (const auto& counts = observed.phases[i]; counts.hidden >= few) {
      found.push_back(fmt::format(
          "in phase {}, {} answered while the dependency took no connections: whether the service "
          "withheld them or could not connect, nobody can say, nor whether its breaker was open; "
          "let the dependency fail in another way (errors=reset, or errors=503), and it is seen",
          timetable.phases()[i].name,
          counts.hidden == 1 ? "1 call was" : show_count(counts.hidden) + " calls were"));
    }
  }
  return found;
}

std::vector<std::string> other_words(const Observed& observed, const Timetable& timetable) {
  std::vector<std::string> found;
  if (auto words = uneven_stays(observed.spells, timetable)) {
    found.push_back(*std::move(words));
  }
  for (std::size_t i = 0; i < observed.phases.size(); ++i) {
    if (const auto& counts = observed.phases[i]; counts.lost >= few) {
      found.push_back(fmt::format(
          "in phase {}, {} had no answer and did not arrive: the service was down or stuck, which "
          "is not an open breaker; see what it printed",
          timetable.phases()[i].name, count_of(counts.lost, "call")));
    }
  }
  if (!observed.spells.empty() && observed.spells.back().state == State::half_open) {
    found.push_back(fmt::format(
        "at the end calls went out again, but fewer than the {} in a row that show a closed "
        "breaker; make the last phase longer, or raise --rate",
        observed.calibration.patience.out));
  }
  return found;
}

}  // namespace tripcurve::through
