#include "child/child.hpp"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "child/ready.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tripcurve::child {
namespace {

using namespace std::chrono_literals;

constexpr Duration deadline = 20s;

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool always(Duration) { return true; }

Child started(const Command& command) {
  auto child = Child::start(command);
  REQUIRE(child.ok());
  return *std::move(child);
}

// Whether a process of that number, which a command has printed, is there and not a zombie.
bool is_alive(const std::string& number) {
  const auto stat = content("/proc/" + number + "/stat");
  return !stat.empty() && stat.find(") Z ") == std::string::npos;
}

TEST_CASE("a child has its variables, its folder and its output file") {
  const tests::TemporaryFolder folder;
  auto command = shell("echo $GREETING from $(pwd); echo and an error >&2; exit 3");
  command.environment = {{"GREETING", "hello"}, {"HOME", "elsewhere"}};
  command.folder = folder.path();
  command.output = folder.path() + "/out.txt";

  const auto ended = run(command, deadline);

  REQUIRE(ended.ok());
  CHECK(*ended == Ended{.code = 3, .signal = {}});
  CHECK(ended->text() == "with code 3");
  CHECK(content(command.output) == "hello from " + folder.path() + "\nand an error\n");
}

TEST_CASE("a child does not get what this process has open") {
  const tests::TemporaryFolder folder;
  std::ofstream(folder.path() + "/port") << "held";
  const int held = open((folder.path() + "/port").c_str(), O_RDONLY);  // NOLINT: not close-on-exec
  REQUIRE(held > STDERR_FILENO);
  auto command =
      shell("test -e /proc/$$/fd/" + std::to_string(held) + " && echo has it; echo done");
  command.output = folder.path() + "/out.txt";
  CHECK(run(command, deadline).ok());
  close(held);
  CHECK(content(command.output) == "done\n");
}

TEST_CASE("a child that cannot be started is told in the system's words") {
  CHECK(Child::start({.arguments = {"no-such-program"}}).error().message ==
        "cannot start 'no-such-program': No such file or directory");
  auto command = shell("true");
  command.folder = "/no/such/folder";
  CHECK(Child::start(command).error().message ==
        "cannot work in '/no/such/folder': No such file or directory");
  command = shell("true");
  command.output = "/no/such/folder/out.txt";
  CHECK(Child::start(command).error().message ==
        "cannot write '/no/such/folder/out.txt': No such file or directory");
}

TEST_CASE("what a command has started ends with it, unless it is said to go on") {
  const tests::TemporaryFolder folder;
  auto command = shell("sleep 1000 & echo $!");
  command.output = folder.path() + "/pid.txt";
  command.rest_goes_on = GENERATE(false, true);
  CAPTURE(command.rest_goes_on);

  REQUIRE(run(command, deadline).ok());

  const auto text = content(command.output);
  const auto left_behind = text.substr(0, text.find('\n'));
  CHECK(is_alive(left_behind) == command.rest_goes_on);
  if (command.rest_goes_on) {
    kill(std::stoi(left_behind), SIGKILL);
  }
}

TEST_CASE("stopping a child ends what it has started, too") {
  const tests::TemporaryFolder folder;
  auto command = shell(
      "sh -c 'trap \"echo bye; exit\" TERM; echo $$; echo up; while :; do sleep 0.01; done' & "
      "wait");
  command.output = folder.path() + "/out.txt";
  auto child = started(command);
  REQUIRE_FALSE(wait_until_ready(child, {.line = "up", .within = deadline}, always));
  const auto text = content(command.output);
  const auto grandchild = text.substr(0, text.find('\n'));
  REQUIRE(is_alive(grandchild));

  CHECK(child.stop() == Ended{.code = {}, .signal = SIGTERM});
  CHECK_FALSE(is_alive(grandchild));
  CHECK(content(command.output).ends_with("bye\n"));  // it was asked, and not killed
  CHECK_FALSE(child.was_killed());
  CHECK(child.stop() == Ended{.code = {}, .signal = SIGTERM});  // a second time does nothing
}

TEST_CASE("a process that ends at once takes all its children with it") {
  auto first = started(shell("trap '' TERM; while :; do sleep 1000; done"));
  auto second = started(shell("sleep 1000"));
  kill_all();
  for (auto* child : {&first, &second}) {
    CHECK(child->wait(deadline) == Ended{.code = {}, .signal = SIGKILL});
  }
}

TEST_CASE("a child that does not heed SIGTERM is killed after its grace") {
  const tests::TemporaryFolder folder;
  auto command = shell("trap '' TERM; echo up; while :; do sleep 1000; done");
  command.output = folder.path() + "/out.txt";
  command.grace = 50ms;
  auto child = started(command);
  REQUIRE_FALSE(wait_until_ready(child, {.line = "up", .within = deadline}, always));
  const auto ended = child.stop();
  CHECK(ended == Ended{.code = {}, .signal = SIGKILL});
  CHECK(ended.text() == "by signal 9 (Killed)");
  CHECK(child.was_killed());
}

TEST_CASE("a child that has ended but left something behind takes that with it") {
  const tests::TemporaryFolder folder;
  auto command = shell("sleep 1000 & echo $!");
  command.output = folder.path() + "/out.txt";
  std::string left_behind;
  {
    auto child = started(command);
    REQUIRE(child.wait(deadline) == Ended{.code = 0, .signal = {}});
    left_behind = content(command.output);
    left_behind.pop_back();
    CHECK(is_alive(left_behind));
  }
  CHECK_FALSE(is_alive(left_behind));
}

TEST_CASE("a child takes the signals that tripcurve waits for") {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &term, &before);
  auto child = started({.arguments = {"sleep", "1000"}});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(child.stop() == Ended{.code = {}, .signal = SIGTERM});
}

TEST_CASE("a child is ready when its port is open and its URL answers") {
  const tests::TemporaryFolder folder;
  // The system chooses the port, so the test has to read it first.
  Command command{.arguments = {"python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"}};
  command.folder = folder.path();
  command.output = folder.path() + "/out.txt";
  auto child = started(command);
  REQUIRE_FALSE(wait_until_ready(child, {.line = "port ", .within = deadline}, always));
  const auto text = content(command.output);
  const auto port = text.substr(text.find("port ") + 5, text.find(" (") - text.find("port ") - 5);
  const auto number = static_cast<std::uint16_t>(std::stoi(port));
  CHECK_FALSE(wait_until_ready(
      child, {.url = "http://127.0.0.1:" + port + "/", .port = number, .within = deadline},
      always));
}

TEST_CASE("a child that ends before it is ready is told with its last lines") {
  const tests::TemporaryFolder folder;
  auto command = shell("echo cannot read config; exit 2");
  command.output = folder.path() + "/out.txt";
  auto child = started(command);
  const auto error = wait_until_ready(child, {.line = "never", .within = deadline}, always);
  REQUIRE(error);
  CHECK(error->message == "'echo cannot read config; exit 2' has ended with code 2");
  CHECK(error->hint == "its last lines, in " + command.output + ":\ncannot read config");
}

TEST_CASE("what to do about a child that ends before it is ready is said where that is known") {
  const auto [line, remedy] = GENERATE(table<std::string, std::string>({
      {"exit 127", "name a program that PATH finds, or its path; it has printed nothing"},
      {"exit 0", "let it go on in the foreground until it is stopped; it has printed nothing"},
      {"exit 3", "it has printed nothing"},
  }));
  CAPTURE(line);
  auto child = started(shell(line));
  const auto error = wait_until_ready(child, {.port = 1, .within = deadline}, always);
  REQUIRE(error);
  CHECK(error->hint == remedy);
}

TEST_CASE("what a child lacks when the time is over is said") {
  auto child = started({.arguments = {"sleep", "1000"}});
  const auto late = wait_until_ready(child, {.port = 1, .within = 1ms}, always);
  REQUIRE(late);
  CHECK(late->message == "'sleep 1000' is not ready after 1ms: port 1 is not open");
  CHECK(late->hint ==
        "allow it more time (ready: within), or name what shows that it is ready (ready: url, line "
        "or port); it has printed nothing");
  const auto given_up = wait_until_ready(child, {.url = "http://127.0.0.1:1/", .within = deadline},
                                         [](Duration) { return false; });
  REQUIRE(given_up);
  CHECK(given_up->message ==
        "'sleep 1000' was not waited for: http://127.0.0.1:1/ does not answer with a status below "
        "500");
}

TEST_CASE("a command that takes too long is stopped") {
  const auto ended = run({.arguments = {"sleep", "1000"}}, 10ms);
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().message == "'sleep 1000' had not ended after 10ms");
}

TEST_CASE("a command that nobody wants any more is stopped") {
  int asked = 0;
  const auto ended = run({.arguments = {"sleep", "1000"}}, deadline, [&] { return ++asked < 3; });
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().message == "'sleep 1000' was stopped");
}

}  // namespace
}  // namespace tripcurve::child
