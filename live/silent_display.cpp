#include "live/display.hpp"

namespace tripcurve::live {
namespace {

class SilentDisplay final : public Display {
 public:
  [[nodiscard]] Duration interval() const override { return Duration::max(); }
  void start(const Scene& /*scene*/) override {}
  void phase_began(const Phase& /*phase*/) override {}
  void transition(const load::BreakerEvent& /*event*/) override {}
  void tick(const report::Tick& /*tick*/) override {}
  void note(const std::string& /*line*/) override {}
  void finish() override {}
};

}  // namespace

std::unique_ptr<Display> make_silent() { return std::make_unique<SilentDisplay>(); }

}  // namespace tripcurve::live
