#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {
namespace {

class ResetStage : public Stage {
 public:
  void set(const Values& values) override { timeout_ = milliseconds(values[0]); }
  void met_first(TimePoint now) override { first_ = now; }

  Fate fate_of(const Chunk& first) override { return {first.arrived, first.size(), true}; }

  [[nodiscard]] TimePoint end_goes_on(TimePoint /*ended*/) const override { return never; }
  [[nodiscard]] Cut cut() const override {
    return first_ == never ? Cut{} : Cut{first_ + timeout_, End::reset};
  }
  // Bytes are missing.
  [[nodiscard]] bool cuts_when_removed() const override { return first_ != never; }

 private:
  Duration timeout_{};
  TimePoint first_ = never;
};

}  // namespace

const Kind reset_peer{
    "reset_peer",
    "drops all bytes, and resets the connection timeout after the first of them",
    {{"timeout", Unit::milliseconds, "how long after"}},
    nullptr,
    [](Random) -> std::unique_ptr<Stage> { return std::make_unique<ResetStage>(); }};

}  // namespace tripcurve::toxics
