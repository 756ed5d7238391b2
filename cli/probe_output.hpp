// What `probe` found out, as JSON, and what it tells while it looks.
#pragma once

#include "cli/json_output.hpp"
#include "probe/prober.hpp"

namespace tripcurve::cli {

[[nodiscard]] Json json_of(const probe::Findings& findings);

// Says on standard error what is being tried, and what is known so far.
class ProbeProgress final : public probe::Watcher {
 public:
  void began(const probe::Script& script, Duration takes) override;
  void learned(const probe::Entry& entry, const probe::Belief& belief) override;
};

}  // namespace tripcurve::cli
