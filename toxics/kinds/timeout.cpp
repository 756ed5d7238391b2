#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

class TimeoutStage : public Stage {
 public:
  void set(const Values& values) override { timeout_ = milliseconds(values[0]); }
  void begin(TimePoint now) override { begun_ = now; }

  Fate fate_of(const Chunk& first) override { return {first.arrived, first.size(), true}; }

  [[nodiscard]] Cut cut() const override {
    return timeout_ > Duration::zero() ? Cut{begun_ + timeout_, End::cut} : Cut{};
  }
  // Bytes are missing, so what came after them would make no sense.
  [[nodiscard]] bool cuts_when_removed() const override { return true; }

 private:
  Duration timeout_{};
  TimePoint begun_{};
};

}  // namespace

const Kind timeout{
    "timeout",
    "drops all bytes, and closes the connection after timeout; with 0, when the toxic is removed",
    {{"timeout", Unit::milliseconds, "how long the connection stays open"}},
    nullptr,
    [](Random) -> std::unique_ptr<Stage> { return std::make_unique<TimeoutStage>(); }};

}  // namespace tripcurve::toxics
