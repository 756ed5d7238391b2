#include <algorithm>

#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

class SlicerStage : public Stage {
 public:
  explicit SlicerStage(Random random) : random_(random) {}

  void set(const Values& values) override {
    average_ = values[0];
    variation_ = values[1];
    delay_ = std::chrono::microseconds(values[2]);
  }

  Fate fate_of(const Chunk& first) override {
    const auto off = (2 * random_.unit() - 1) * static_cast<double>(variation_);
    const auto size = static_cast<std::size_t>(average_ + static_cast<std::int64_t>(off));
    return {std::max(free_, first.arrived), std::min(size, first.size())};
  }

  void passed(std::size_t /*bytes*/, TimePoint now) override { free_ = now + delay_; }

 private:
  Random random_;
  std::int64_t average_ = 1;
  std::int64_t variation_ = 0;
  Duration delay_{};
  TimePoint free_{};  // when the next piece may go
};

std::optional<Error> slicer_contradiction(const Values& values) {
  if (values[0] < 1) {
    return Error{"average_size is 0, and a piece has at least one byte",
                 "give an average_size of at least 1 byte"};
  }
  if (values[1] >= values[0]) {
    return Error{"size_variation is not less than average_size, and a piece has at least one byte",
                 "make size_variation less than average_size"};
  }
  return std::nullopt;
}

}  // namespace

const Kind slicer{
    "slicer",
    "sends bytes in small pieces, with a delay after each",
    {{"average_size", Unit::bytes, "the mean size of a piece"},
     {"size_variation", Unit::bytes, "how far a size is from it at most"},
     {"delay", Unit::microseconds, "from one piece to the next"}},
    slicer_contradiction,
    [](Random random) -> std::unique_ptr<Stage> { return std::make_unique<SlicerStage>(random); }};

}  // namespace tripcurve::toxics
