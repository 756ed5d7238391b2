// One expectation after it was judged: what was asked, what was seen, and by how much it differs.
// A plain value; expect/judge.hpp makes it, every report format shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tripcurve::report {

// What part of a run an expectation is about; what is empty does not narrow it.
struct Scope {
  std::string phase{};
  std::string endpoint{};
  std::string breaker{};
  // Of a topology, as one of its services or one of its links sees it.
  std::string service{};
  std::string link{};  // as link_name() has it

  [[nodiscard]] std::string text() const;  // "phase outage, endpoint /payments", or "the run"
  friend bool operator==(const Scope&, const Scope&) = default;
};

struct Judged {
  enum class Result : std::uint8_t { pass, fail, inconclusive };

  std::string text{};  // the expectation as it was written: "time_to_open < 1s"
  Scope scope{};
  std::string place{};  // "tripcurve.yaml:31:5", "--expect", or "" when nobody wrote it
  Result result = Result::inconclusive;
  std::string observed{};     // "309ms", "never", "97.2%"; "-" without a sample
  std::string bound{};        // "< 1s"; "< 163" with what it was worked out from for a relative one
  std::string margin{};       // how far the observed is on the good (or bad) side: "691ms", "-2.8%"
  std::uint64_t samples = 0;  // what the observed was made of: calls, openings, transitions, ...
  std::string reason{};       // why it does not pass, for people; empty for a pass
  std::optional<double> value{};  // the observed as a number, in `unit`; none when there is none
  std::string unit{};             // "ms", "share", "count", "per_s", "per_min", or "" for a list

  friend bool operator==(const Judged&, const Judged&) = default;
};

// "pass", "fail", "inconclusive".
[[nodiscard]] std::string_view name(Judged::Result result);

}  // namespace tripcurve::report
