// tripcurve merge: the parts of work that several machines have shared.

#include <memory>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/sharding.hpp"

namespace tripcurve::cli {
namespace {

ExitCode merge(const std::string& folder) {
  const auto command = merge_from(folder);
  if (!command) {
    return usage_error(command.error());
  }
  remember_command_line(*command);
  return run_command(*command);
}

}  // namespace

Command add_merge(CLI::App& app) {
  auto folder = std::make_shared<std::string>();
  auto& command = add_command(
      app, "merge", "Put the parts of shards together",
      "Does what the command without --shard would have done, to the byte, from what\n"
      "all shards have found. Example, of two machines that share a folder:\n"
      "  tripcurve curve --seed 1 --json curve.json --shard 1/2 --parts parts\n"
      "  tripcurve curve --seed 1 --json curve.json --shard 2/2 --parts parts\n"
      "  tripcurve merge parts");
  add_argument(command, "DIR", *folder, "the folder that --parts has named",
               Completion::of_files());
  return {&command, [folder] { return merge(*folder); }};
}

}  // namespace tripcurve::cli
