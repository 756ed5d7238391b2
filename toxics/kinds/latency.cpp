#include <algorithm>
#include <chrono>

#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

class LatencyStage : public Stage {
 public:
  explicit LatencyStage(Random random) : random_(random) {}

  void set(const Values& values) override {
    latency_ = milliseconds(values[0]);
    jitter_ = milliseconds(values[1]);
  }

  // Bytes that came together are delayed together, and none overtake others.
  Fate fate_of(const Chunk& first) override {
    const auto off = jitter_ * (2 * random_.unit() - 1);
    const auto delay = latency_ + std::chrono::duration_cast<Duration>(off);
    return {first.arrived + std::max(delay, Duration::zero()), first.size()};
  }

  // What 100 MB/s bring within 160 ms.
  [[nodiscard]] std::size_t room() const override { return std::size_t{16} << 20U; }

 private:
  Random random_;
  Duration latency_{};
  Duration jitter_{};
};

}  // namespace

const Kind latency{
    "latency",
    "delays all bytes; each piece of them by latency +- jitter, evenly spread, but never early",
    {{"latency", Unit::milliseconds, "the mean delay"},
     {"jitter", Unit::milliseconds, "how far a delay is from it at most"}},
    nullptr,
    [](Random random) -> std::unique_ptr<Stage> { return std::make_unique<LatencyStage>(random); }};

}  // namespace tripcurve::toxics
