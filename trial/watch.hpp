// Watches a service that the load goes through: writes down what is seen on both of its sides, and
// tells what that says of its breaker while the run goes on.
//
// The logs are thread-safe; the rest is for the thread that conducts.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "claims/log.hpp"
#include "core/http.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "report/summary.hpp"
#include "through/log.hpp"

namespace tripcurve::trial {

// A dependency of the service.
struct Watched {
  std::string name{};
  std::string address{};  // that the service must call
  Timetable timetable;    // of what it does
  std::size_t told = 0;   // changes of the service's breaker for it
  bool has_news = true;   // that it is called several times per call may still be found out
};

class Watch {
 public:
  // The first dependency is the run's own upstream. `instances` is what tells the service's
  // instances apart (experiment::Through).
  explicit Watch(std::vector<Watched> dependencies, const std::vector<claims::Source>& sources = {},
                 std::string instances = "")
      : dependencies_(std::move(dependencies)), instances_(std::move(instances)) {
    for (const auto& source : sources) {
      claims_.emplace_back(source);
    }
  }

  [[nodiscard]] through::Log& log() { return log_; }
  // The instance of the service that a request to a dependency came from; "" if nobody says.
  [[nodiscard]] std::string instance_of(const std::vector<Header>& headers,
                                        const std::string& peer) const;

  // What the service says itself, by source.
  [[nodiscard]] std::deque<claims::Log>& claims() { return claims_; }

  // Tells `bank` what was found out since the last look. Looks only every now and then.
  void look(TimePoint now, load::BreakerBank& bank);
  // The same of a run that is over.
  void last_look(TimePoint now, load::BreakerBank& bank) { tell(now, bank); }

  // Why the service is not fit for the experiment, as far as that is known; empty if it is.
  [[nodiscard]] std::vector<std::string> unfit(TimePoint now);

  // What should be known of how the service calls, as soon as it is seen; each is told once.
  [[nodiscard]] std::vector<std::string> news() { return std::exchange(news_, {}); }

  // Puts what was observed into the summary.
  void add_to(report::Summary& summary, TimePoint now) const;

 private:
  void tell(TimePoint now, load::BreakerBank& bank);
  void learn_how_it_calls(Watched& dependency, const through::Seen& seen, TimePoint now);
  [[nodiscard]] through::Observed observed_at(std::uint32_t dependency, TimePoint now) const;

  std::vector<Watched> dependencies_;
  std::string instances_;
  through::Log log_;
  std::deque<claims::Log> claims_;
  std::vector<std::string> news_;
  TimePoint next_look_{};
  bool is_fit_ = false;
};

}  // namespace tripcurve::trial
