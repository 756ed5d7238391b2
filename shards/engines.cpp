#include "shards/engines.hpp"

#include <array>

namespace tripcurve::shards {

std::span<const Engine> engines() {
  static constexpr std::array all{
      Engine{.name = "GNU parallel", .number = "PARALLEL_SEQ", .first_is = 1},
      Engine{.name = "Open MPI", .number = "OMPI_COMM_WORLD_RANK", .of = "OMPI_COMM_WORLD_SIZE"},
      Engine{.name = "MPI (PMI)", .number = "PMI_RANK", .of = "PMI_SIZE"},
      Engine{.name = "a Slurm array",
             .number = "SLURM_ARRAY_TASK_ID",
             .of = "SLURM_ARRAY_TASK_COUNT",
             .first = "SLURM_ARRAY_TASK_MIN",
             .step = "SLURM_ARRAY_TASK_STEP"},
      Engine{.name = "srun", .number = "SLURM_PROCID", .of = "SLURM_NTASKS"},
      Engine{.name = "a Kubernetes Indexed Job", .number = "JOB_COMPLETION_INDEX"},
      Engine{.name = "AWS Batch",
             .number = "AWS_BATCH_JOB_ARRAY_INDEX",
             .of = "AWS_BATCH_JOB_ARRAY_SIZE"},
      Engine{.name = "Nomad", .number = "NOMAD_ALLOC_INDEX"},
      Engine{.name = "a PBS array", .number = "PBS_ARRAY_INDEX", .first_is = 1},
      Engine{.name = "Grid Engine",
             .number = "SGE_TASK_ID",
             .first = "SGE_TASK_FIRST",
             .step = "SGE_TASK_STEPSIZE"},
      Engine{.name = "GitLab CI", .number = "CI_NODE_INDEX", .of = "CI_NODE_TOTAL", .first_is = 1},
      Engine{.name = "CircleCI", .number = "CIRCLE_NODE_INDEX", .of = "CIRCLE_NODE_TOTAL"},
      Engine{.name = "Buildkite",
             .number = "BUILDKITE_PARALLEL_JOB",
             .of = "BUILDKITE_PARALLEL_JOB_COUNT"},
  };
  return all;
}

}  // namespace tripcurve::shards
