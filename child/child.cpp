#include "child/child.hpp"

extern "C" {  // which this header of glibc 2.36 forgets
#include <sys/pidfd.h>
}

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "core/ensure.hpp"
#include "core/units.hpp"

namespace tripcurve::child {
namespace {

// How often to look whether the rest of a group has ended, of which nobody tells.
constexpr auto look_again = std::chrono::milliseconds(5);

std::string words(int error) { return std::system_category().message(error); }

// What posix_spawn is to do in the new process, and how.
class Orders {
 public:
  Orders() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // tripcurve blocks the signals that it waits for; its children must not inherit that.
    sigset_t none;
    sigemptyset(&none);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) {
      sigaddset(&usual, signal);
    }
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  ~Orders() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  void write_to(int file) {
    posix_spawn_file_actions_adddup2(&actions_, file, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, file, STDERR_FILENO);
  }
  void work_in(const std::string& folder) {
    posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }

  // After all else: it gets nothing of what this process has open, such as the port of an upstream,
  // which would stay in use as long as the child.
  void close_the_rest() { posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1); }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

class File {
 public:
  File(const std::string& path, int flags) : number_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) {
    all.push_back(text.data());
  }
  all.push_back(nullptr);
  return all;
}

// Those of tripcurve, with the command's in their places.
std::vector<std::string> variables(const Command& command) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const auto name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [other, value] : command.environment) {
      replaced = replaced || other == name;
    }
    if (!replaced) {
      all.emplace_back(text);
    }
  }
  for (const auto& [name, value] : command.environment) {
    all.push_back(name + "=" + value);
  }
  return all;
}

// The groups of those that run, or 0; a handler of signals reads it.
constexpr std::size_t most_at_once = 64;
std::array<std::atomic<pid_t>, most_at_once> running{};

void note_running(pid_t group) {
  for (auto& place : running) {
    pid_t none = 0;
    if (place.compare_exchange_strong(none, group)) {
      return;
    }
  }
}

void note_gone(pid_t group) {
  for (auto& place : running) {
    auto same = group;
    place.compare_exchange_strong(same, 0);
  }
}

std::optional<Ended> reap(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, WNOHANG) != pid) {
    return std::nullopt;
  }
  return WIFSIGNALED(status) ? Ended{.code = {}, .signal = WTERMSIG(status)}
                             : Ended{.code = WEXITSTATUS(status), .signal = {}};
}

}  // namespace

Command shell(const std::string& line) { return {.arguments = {"/bin/sh", "-c", line}}; }

std::string Command::text() const {
  const bool is_shell = arguments.size() == 3 && arguments[1] == "-c";
  return is_shell ? arguments[2] : fmt::format("{}", fmt::join(arguments, " "));
}

std::string Ended::text() const {
  return signal ? fmt::format("by signal {} ({})", *signal, strsignal(*signal))
                : fmt::format("with code {}", code.value_or(0));
}

Result<Child> Child::start(const Command& command) {
  ENSURE(!command.arguments.empty());
  if (!command.folder.empty() && access(command.folder.c_str(), X_OK) != 0) {
    return Error{"cannot work in '" + command.folder + "': " + words(errno), "name another folder"};
  }
  const auto path = command.output.empty() ? std::string("/dev/null") : command.output;
  const File output(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (output.number() < 0) {
    return Error{"cannot write '" + path + "': " + words(errno),
                 "name another file for what the program writes"};
  }

  // What it leaves behind becomes a child of this process, which can then wait for its end.
  prctl(PR_SET_CHILD_SUBREAPER, command.rest_goes_on ? 0 : 1);
  Orders orders;
  orders.write_to(output.number());
  if (!command.folder.empty()) {
    orders.work_in(command.folder);
  }
  orders.close_the_rest();
  auto arguments = command.arguments;
  auto environment = variables(command);
  pid_t pid = -1;
  if (const int error =
          posix_spawnp(&pid, arguments.front().c_str(), orders.actions(), orders.attributes(),
                       pointers(arguments).data(), pointers(environment).data())) {
    return Error{"cannot start '" + arguments.front() + "': " + words(error),
                 "name a program that PATH finds, or its path"};
  }
  const int watched = pidfd_open(pid, 0);
  if (watched < 0) {
    const int error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    throw std::system_error(error, std::system_category(), "cannot watch a child process");
  }
  note_running(pid);
  return Child(command, pid, watched);
}

Child::Child(Child&& other) noexcept
    : command_(std::move(other.command_)),
      pid_(std::exchange(other.pid_, -1)),
      watched_(std::exchange(other.watched_, -1)),
      ended_(other.ended_),
      was_killed_(other.was_killed_) {}

Child::~Child() {
  if (pid_ < 0) {
    return;
  }
  if (ended_ && command_.rest_goes_on) {
    note_gone(pid_);
  } else {
    stop();
  }
  close(watched_);
}

std::optional<Ended> Child::wait(Duration longest) {
  if (!ended_) {
    pollfd watched{.fd = watched_, .events = POLLIN, .revents = 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
    if (poll(&watched, 1, static_cast<int>(ms)) > 0) {
      ended_ = reap(pid_);
    }
  }
  return ended_;
}

// Whether all of the group have ended. Its number is not given to others while one of it is left.
bool Child::group_is_gone(Duration longest) const {
  const auto until = std::chrono::steady_clock::now() + longest;
  while (true) {
    while (waitpid(-pid_, nullptr, WNOHANG) > 0) {
    }
    if (killpg(pid_, 0) != 0) {
      return true;
    }
    if (std::chrono::steady_clock::now() >= until) {
      return false;
    }
    std::this_thread::sleep_for(look_again);
  }
}

Ended Child::stop() {
  const auto until = std::chrono::steady_clock::now() + command_.grace;
  const auto left = [&] {
    return std::max<Duration>(until - std::chrono::steady_clock::now(), Duration::zero());
  };
  killpg(pid_, SIGTERM);
  if (!wait(left()) || !group_is_gone(left())) {
    was_killed_ = true;
    killpg(pid_, SIGKILL);
    while (!wait(std::chrono::seconds(1))) {
    }
    // Nothing can be done about one that the kernel does not let go of.
    (void)group_is_gone(std::chrono::seconds(1));
  }
  note_gone(pid_);
  return *ended_;
}

void kill_all() noexcept {
  for (const auto& group : running) {
    if (const auto number = group.load(); number > 0) {
      killpg(number, SIGKILL);
    }
  }
}

Result<Ended> run(const Command& command, Duration longest, const std::function<bool()>& wants) {
  auto child = Child::start(command);
  if (!child) {
    return child.error();
  }
  constexpr Duration between_questions = std::chrono::milliseconds(50);
  auto started = *std::move(child);
  for (auto left = longest; left > Duration::zero() && wants(); left -= between_questions) {
    if (const auto ended = started.wait(std::min(left, between_questions))) {
      return *ended;
    }
  }
  started.stop();
  if (!wants()) {
    return Error{"'" + command.text() + "' was stopped", "let it end by itself"};
  }
  return Error{fmt::format("'{}' had not ended after {}", command.text(), format_duration(longest)),
               "make it end sooner, or allow more time"};
}

}  // namespace tripcurve::child
