#include "toxics/kinds/all.hpp"

namespace tripcurve::toxics {

const Kind noop{"noop", "does nothing", {}, nullptr, [](Random) -> std::unique_ptr<Stage> {
                  return std::make_unique<PassingStage>();
                }};

}  // namespace tripcurve::toxics
