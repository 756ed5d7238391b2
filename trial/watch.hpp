// Watches a service that the load goes through: writes down what is seen on both of its sides, and
// tells what that says of its breaker while the run goes on.
//
// The log is thread-safe; the rest is for the thread that conducts.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "report/summary.hpp"
#include "through/log.hpp"

namespace tripcurve::trial {

class Watch {
 public:
  // `dependency` is the address that the service must call.
  Watch(Timetable timetable, std::string dependency)
      : timetable_(std::move(timetable)), dependency_(std::move(dependency)) {}

  [[nodiscard]] through::Log& log() { return log_; }

  // Tells `bank` what was found out since the last look. Looks only every now and then.
  void look(TimePoint now, load::BreakerBank& bank);
  // The same of a run that is over.
  void last_look(TimePoint now, load::BreakerBank& bank) { tell(now, bank); }

  // Why the service is not fit for the experiment, as far as that is known; empty if it is.
  [[nodiscard]] std::vector<std::string> unfit(TimePoint now);

  // Puts what was observed into the summary.
  void add_to(report::Summary& summary, TimePoint now) const;

 private:
  void tell(TimePoint now, load::BreakerBank& bank);

  Timetable timetable_;
  std::string dependency_;
  through::Log log_;
  std::size_t told_ = 0;  // changes
  TimePoint next_look_{};
  bool is_fit_ = false;
};

}  // namespace tripcurve::trial
