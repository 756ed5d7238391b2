// What the engines that start many processes tell each of them in its environment: which it is, and
// of how many.
//
// Slurm: job arrays (slurm.schedmd.com/job_array.html) and srun; Kubernetes: Indexed Jobs; Open MPI
// 4 and MPICH (PMI); GNU parallel 20221122; AWS Batch array jobs; PBS and Grid Engine array jobs;
// Nomad; GitLab, CircleCI, Buildkite. docs/SHARDS.md says which of them were tried.
#pragma once

#include <span>
#include <string_view>

namespace tripcurve::shards {

struct Engine {
  std::string_view name;
  std::string_view number;   // the variable that has this process's number
  std::string_view of{};     // that says how many there are; empty: it does not tell
  std::string_view first{};  // that has the number of the first; empty: it is `first_is`
  std::uint32_t first_is = 0;
  std::string_view step{};  // that has the step from one to the next; empty: 1
};

// The innermost first: where one is started by another, it decides.
[[nodiscard]] std::span<const Engine> engines();

}  // namespace tripcurve::shards
