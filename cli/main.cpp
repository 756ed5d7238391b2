// tripcurve: parse, run, exit code.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/help.hpp"
#include "cli/output_file.hpp"
#include "cli/version.hpp"
#include "core/exit_code.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "live/terminal.hpp"

namespace tripcurve::cli {

// A conversation nobody can hear is no reason to fail, and one that nobody follows none to wait.
void say_painted(const std::string& lines) {
  static live::Outlet outlet(STDERR_FILENO);
  static Duration patience = live::patience_at_the_end;
  outlet.put(lines);
  patience = outlet.flush(patience) ? live::patience_at_the_end : Duration{};
}

void say(const std::string& line) { say_painted(harmless(line) + "\n"); }

namespace {

void say_error(const Error& error) {
  say("tripcurve: " + error.message);
  if (!error.hint.empty()) {
    say("  " + error.hint);
  }
}

}  // namespace

ExitCode usage_error(const Error& error) {
  say_error(error);
  return ExitCode::usage;
}

ExitCode environment_error(const Error& error) {
  say_error(error);
  return ExitCode::environment;
}

namespace {

// What CLI11 could not place: a misspelt flag or command.
Error unknown_word(const CLI::App& app, const std::string& word) {
  const bool top = app.get_parent() == nullptr;
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto near = nearest(word.substr(0, word.find('=')), known);
  return {fmt::format("unknown {} '{}'",
                      word.starts_with("-") ? "flag"
                      : top                 ? "command"
                                            : "word",
                      word),
          near.empty() ? fmt::format("see tripcurve {}--help", top ? "" : app.get_name() + " ")
                       : "did you mean '" + near + "'?"};
}

ExitCode dispatch(int argc, char** argv) {
  CLI::App app{"Tests circuit breaker settings before an incident does.", "tripcurve"};
  const std::array commands{add_run(app),        add_simulate(app), add_upstream(app),
                            add_proxy(app),      add_faults(app),   add_explain_faults(app),
                            add_init(app),       add_validate(app), add_schema(app),
                            add_report(app),     add_compare(app),  add_alerts(app),
                            add_import(app),     add_lint(app),     add_curve(app),
                            add_sweep(app),      add_diff(app),     add_replay(app),
                            add_probe(app),      add_topology(app), add_merge(app),
                            add_list(app),       add_describe(app), add_conform(app),
                            add_completion(app), add_man(app)};
  prepare_help(app);
  app.require_subcommand(0, 1);  // what comes after a command is no other: `report run`, a file

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return ExitCode::success;
  } catch (const CLI::CallForVersion&) {
    print(fmt::format("tripcurve {}\n", version));
    return ExitCode::success;
  } catch (const CLI::ParseError& error) {
    return usage_error({error.what(), "see tripcurve --help"});
  }

  if (const auto rest = app.remaining(); !rest.empty()) {  // before any command: none may run
    return usage_error(unknown_word(app, rest.front()));
  }
  for (const auto& command : commands) {
    if (!command.app->parsed()) {
      continue;
    }
    if (const auto rest = command.app->remaining(); !rest.empty()) {
      return usage_error(unknown_word(*command.app, rest.front()));
    }
    return command.run();
  }
  print(app.help());
  return ExitCode::success;
}

}  // namespace

ExitCode run_command(const std::vector<std::string>& words) {
  std::vector<std::string> all{"tripcurve"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (auto& word : all) {
    argv.push_back(word.data());
  }
  return dispatch(static_cast<int>(argv.size()), argv.data());
}

}  // namespace tripcurve::cli

// A standard descriptor that came closed would be given to the first file that is opened, and take
// in what is meant for people. Writing to the one put in its place fails as it would have.
static void keep_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) {
      (void)::open("/dev/null", O_RDONLY);
    }
  }
}

// Whoever asked for memory, on whatever thread: there is none left to unwind with, nor for words of
// our own.
[[noreturn]] static void out_of_memory() {
  using namespace tripcurve;
  live::restore_terminal(STDERR_FILENO);
  constexpr std::string_view words = "tripcurve: out of memory\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words.data(), words.size());
  _exit(static_cast<int>(ExitCode::environment));
}

// The only place that catches.
static tripcurve::ExitCode run_and_catch(int argc, char** argv) {
  using namespace tripcurve;
  try {
    return cli::dispatch(argc, argv);
  } catch (const std::system_error& error) {
    live::restore_terminal(STDERR_FILENO);
    cli::say(fmt::format("tripcurve: {}", error.what()));
    return ExitCode::environment;
  } catch (const std::bad_alloc&) {
    out_of_memory();
  } catch (const std::exception& error) {
    live::restore_terminal(STDERR_FILENO);
    cli::say(
        fmt::format("tripcurve: this is a bug in tripcurve, please report it: {}", error.what()));
    return ExitCode::bug;
  }
}

int main(int argc, char** argv) {
  std::set_new_handler(out_of_memory);
  keep_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a pipe's reader that left is seen as EPIPE where we write
  tripcurve::cli::remember_command_line(argc, argv);
  return static_cast<int>(run_and_catch(argc, argv));
}
