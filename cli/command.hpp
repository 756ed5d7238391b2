// What every command shares: how it is declared, and how a person's mistake is told.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "core/exit_code.hpp"
#include "core/result.hpp"

namespace tripcurve::cli {

// A subcommand and what it does when it was chosen; returns the exit code.
struct Command {
  CLI::App* app;
  std::function<ExitCode()> run;
};

// In the order help shows them. Each is one file, command_<name>.cpp.
Command add_run(CLI::App& app);
Command add_simulate(CLI::App& app);
Command add_upstream(CLI::App& app);
Command add_proxy(CLI::App& app);
Command add_faults(CLI::App& app);
Command add_explain_faults(CLI::App& app);
Command add_init(CLI::App& app);
Command add_validate(CLI::App& app);
Command add_schema(CLI::App& app);
Command add_report(CLI::App& app);
Command add_compare(CLI::App& app);
Command add_import(CLI::App& app);
Command add_curve(CLI::App& app);
Command add_sweep(CLI::App& app);
Command add_diff(CLI::App& app);
Command add_replay(CLI::App& app);
Command add_probe(CLI::App& app);
Command add_topology(CLI::App& app);
Command add_merge(CLI::App& app);
Command add_lint(CLI::App& app);
Command add_conform(CLI::App& app);
Command add_alerts(CLI::App& app);
Command add_list(CLI::App& app);
Command add_describe(CLI::App& app);
Command add_completion(CLI::App& app);
Command add_man(CLI::App& app);  // after all others, which it knows

// What a command line of these words does, the command's name being the first.
ExitCode run_command(const std::vector<std::string>& words);

// Both say on standard error what is wrong and what would work. What was typed cannot be run; or it
// could, were it not for this machine.
ExitCode usage_error(const Error& error);
ExitCode environment_error(const Error& error);

// A line of conversation on standard error.
void say(const std::string& line);

// Lines of which live::painted() has made sure that they do not steer the terminal.
void say_painted(const std::string& lines);

}  // namespace tripcurve::cli
