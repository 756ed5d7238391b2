#include "shards/shard.hpp"

#include <map>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using shards::parse_shard;

namespace {

using Environment = std::map<std::string, std::string>;

Result<shards::Shard> shard(const std::string& text, const Environment& environment = {}) {
  return parse_shard(text, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string named(const std::string& text, const Environment& environment) {
  const auto found = shard(text, environment);
  return found ? found->text() + " " + found->from : found.error().message;
}

}  // namespace

TEST_CASE("shard i of n has every n-th job, and each job is in one") {
  for (std::size_t job = 0; job < 100; ++job) {
    int owners = 0;
    for (const auto* text : {"1/3", "2/3", "3/3"}) {
      owners += shard(text)->has(job) ? 1 : 0;
    }
    CHECK(owners == 1);
  }
  CHECK(shard("2/3")->has(1));
  CHECK(shard("2/3")->has(4));
}

TEST_CASE("auto takes the number that the engine gives, whatever it begins with") {
  CHECK(named("auto", {{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "4"}}) ==
        "1/4 OMPI_COMM_WORLD_RANK=0");
  CHECK(named("auto", {{"SLURM_ARRAY_TASK_ID", "14"},
                       {"SLURM_ARRAY_TASK_COUNT", "3"},
                       {"SLURM_ARRAY_TASK_MIN", "10"},
                       {"SLURM_ARRAY_TASK_STEP", "2"}}) == "3/3 SLURM_ARRAY_TASK_ID=14");
  CHECK(named("auto", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "2"}}) == "2/2 CI_NODE_INDEX=2");
  CHECK(named("auto/8", {{"JOB_COMPLETION_INDEX", "7"}}) == "8/8 JOB_COMPLETION_INDEX=7");
  CHECK(named("auto/8", {{"PARALLEL_SEQ", "8"}}) == "8/8 PARALLEL_SEQ=8");
}

TEST_CASE("of two engines, one in the other, the inner one decides") {
  CHECK(named("auto/2", {{"SLURM_ARRAY_TASK_ID", "5"}, {"PARALLEL_SEQ", "2"}}) ==
        "2/2 PARALLEL_SEQ=2");
  CHECK(named("auto", {{"SLURM_ARRAY_TASK_ID", "1"},
                       {"SLURM_ARRAY_TASK_COUNT", "2"},
                       {"SLURM_ARRAY_TASK_MIN", "1"},
                       {"SLURM_ARRAY_TASK_STEP", "1"},
                       {"SLURM_PROCID", "0"},
                       {"SLURM_NTASKS", "1"}}) == "1/2 SLURM_ARRAY_TASK_ID=1");
}

TEST_CASE("an engine that says nothing usable is told, with what would work") {
  CHECK(named("auto", {}) == "no engine that is known has numbered this process");
  CHECK(named("auto", {{"JOB_COMPLETION_INDEX", "7"}}) ==
        "a Kubernetes Indexed Job does not say how many shards there are");
  CHECK(named("auto/4", {{"JOB_COMPLETION_INDEX", "7"}}) == "there is no shard 8 of 4");
  CHECK(named("auto", {{"OMPI_COMM_WORLD_RANK", "0"}}) == "OMPI_COMM_WORLD_SIZE is not set");
  CHECK(shard("auto/4", {{"PARALLEL_SEQ", "x"}}).error().message.find("PARALLEL_SEQ") == 0);
  CHECK(named("auto/9", {{"PARALLEL_SEQ", "0"}}) ==
        "PARALLEL_SEQ=0 is none of the numbers that GNU parallel gives");
}

TEST_CASE("what is no shard is refused") {
  for (const auto* text : {"", "2", "0/4", "5/4", "a/4", "2/", "2/0", "-1/4", "2/x", "1/2/3"}) {
    CAPTURE(text);
    CHECK_FALSE(shard(text));
    CHECK_FALSE(shard(text).error().hint.empty());
  }
}
