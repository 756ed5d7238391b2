// Many independent jobs on all cores, until they are done or a signal ends them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace tripcurve::cli {

// Does job(0) to job(count - 1), each once, in any order and on any thread. Tells on the terminal
// how far it is, as in "measuring 42 %". Returns the signal that ended it before all were done.
[[nodiscard]] std::optional<int> do_jobs(std::size_t count,
                                         const std::function<void(std::size_t)>& job,
                                         const std::string& doing);

}  // namespace tripcurve::cli
