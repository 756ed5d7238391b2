#include <algorithm>

#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

class LimitStage : public Stage {
 public:
  void set(const Values& values) override { limit_ = static_cast<std::size_t>(values[0]); }

  Fate fate_of(const Chunk& first) override {
    const auto left = limit_ - std::min(limit_, passed_);
    if (left == 0) {
      return {first.arrived, first.size(), true};
    }
    return {first.arrived, std::min(left, first.size())};
  }

  void passed(std::size_t bytes, TimePoint now) override {
    passed_ += bytes;
    last_ = now;
  }

  // A limit of nothing needs a byte that exceeds it.
  [[nodiscard]] Cut cut() const override {
    return passed_ > 0 && passed_ >= limit_ ? Cut{last_, End::cut} : Cut{};
  }

 private:
  std::size_t limit_ = 0;
  std::size_t passed_ = 0;  // with those that were lost for exceeding a limit of nothing
  TimePoint last_{};
};

}  // namespace

const Kind limit_data{
    "limit_data",
    "closes the connection when so many bytes have passed",
    {{"bytes", Unit::bytes, "how many"}},
    nullptr,
    [](Random) -> std::unique_ptr<Stage> { return std::make_unique<LimitStage>(); }};

}  // namespace tripcurve::toxics
