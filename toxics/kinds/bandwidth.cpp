#include <algorithm>

#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

// Bytes go out in pieces that take at most so long at the rate.
constexpr std::int64_t longest_piece_ms = 100;

// A timer that is late, or a reader that is slow for so long, does not lower the rate.
constexpr Duration caught_up = std::chrono::milliseconds(100);

class BandwidthStage : public Stage {
 public:
  void set(const Values& values) override { rate_ = values[0]; }

  Fate fate_of(const Chunk& first) override {
    if (rate_ == 0) {
      return {.when = never};
    }
    const auto piece =
        std::min<std::uint64_t>(first.size(), static_cast<std::uint64_t>(rate_) * longest_piece_ms);
    const Duration takes{static_cast<std::int64_t>(piece) * 1'000'000 / rate_};
    due_ = std::max(free_, first.arrived) + takes;
    return {due_, static_cast<std::size_t>(piece)};
  }

  void passed(std::size_t /*bytes*/, TimePoint now) override {
    free_ = std::max(due_, now - caught_up);
  }

 private:
  std::int64_t rate_ = 0;  // kB/s, which are bytes per millisecond
  TimePoint free_{};       // when what has gone before was all out
  TimePoint due_{};
};

}  // namespace

const Kind bandwidth{
    "bandwidth",
    "passes only so many bytes a second; with a rate of 0, none until it is changed",
    {{"rate", Unit::kilobytes_per_second, "how many"}},
    nullptr,
    [](Random) -> std::unique_ptr<Stage> { return std::make_unique<BandwidthStage>(); }};

}  // namespace tripcurve::toxics
