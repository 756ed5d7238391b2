#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

class SlowCloseStage : public PassingStage {
 public:
  void set(const Values& values) override { delay_ = milliseconds(values[0]); }
  [[nodiscard]] TimePoint end_goes_on(TimePoint ended) const override { return ended + delay_; }

 private:
  Duration delay_{};
};

}  // namespace

const Kind slow_close{
    "slow_close",
    "closes the connection later than the other side does",
    {{"delay", Unit::milliseconds, "how much later"}},
    nullptr,
    [](Random) -> std::unique_ptr<Stage> { return std::make_unique<SlowCloseStage>(); }};

}  // namespace tripcurve::toxics
