// Many independent jobs on all cores, until they are done or a signal ends them.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace tripcurve::cli {

// Whether somebody wants the jobs to end; for any thread.
class Stop {
 public:
  void ask(int signal) { signal_ = signal; }
  [[nodiscard]] std::optional<int> asked() const {
    const int signal = signal_;
    return signal == 0 ? std::nullopt : std::optional(signal);
  }

 private:
  std::atomic<int> signal_{0};
};

// Does job(0) to job(count - 1), each once, in any order and on any thread; `stop` is asked when a
// signal comes, for jobs that can end early. Tells on the terminal how far it is, as in "measuring
// 42 % (about 40 s left)": by `share`, the share of all work that is done, or else by how many jobs
// are. Returns the
// signal that ended it before all were done. Throws what a job has thrown, when all threads have
// come to an end.
[[nodiscard]] std::optional<int> do_jobs(std::size_t count,
                                         const std::function<void(std::size_t)>& job,
                                         const std::string& doing, Stop& stop,
                                         const std::function<double()>& share = nullptr);
[[nodiscard]] std::optional<int> do_jobs(std::size_t count,
                                         const std::function<void(std::size_t)>& job,
                                         const std::string& doing);

}  // namespace tripcurve::cli
