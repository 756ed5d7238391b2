#include "live/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>

#include "live/display.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;

namespace {

// Sets the variables that decide the style, and puts them back at its end.
class Environment {
 public:
  explicit Environment(const std::array<const char*, 5>& values) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const char* old = std::getenv(names[i]);
      before_[i] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
      set(names[i], values[i]);
    }
  }
  ~Environment() {
    for (std::size_t i = 0; i < names.size(); ++i) {
      set(names[i], before_[i] ? before_[i]->c_str() : nullptr);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static constexpr std::array names = {"TERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"};
  static void set(const char* name, const char* value) {
    if (value == nullptr) {
      ::unsetenv(name);
    } else {
      ::setenv(name, value, 1);
    }
  }
  std::array<std::optional<std::string>, names.size()> before_;
};

live::Style style_in(const std::array<const char*, 5>& values) {
  const Environment environment(values);
  return live::style_of_environment();
}

}  // namespace

TEST_CASE("colour is off with NO_COLOR and on a dumb or unknown terminal") {
  REQUIRE(style_in({"xterm", nullptr, nullptr, nullptr, nullptr}).colour);
  REQUIRE(style_in({"xterm", "", nullptr, nullptr, nullptr}).colour);
  REQUIRE_FALSE(style_in({"xterm", "1", nullptr, nullptr, nullptr}).colour);
  REQUIRE_FALSE(style_in({"dumb", nullptr, nullptr, nullptr, nullptr}).colour);
  REQUIRE_FALSE(style_in({nullptr, nullptr, nullptr, nullptr, nullptr}).colour);
}

TEST_CASE("block characters are used when the first locale that is set says UTF-8") {
  REQUIRE(style_in({"xterm", nullptr, nullptr, nullptr, "de_DE.UTF-8"}).unicode);
  REQUIRE(style_in({"xterm", nullptr, "", "C.utf8", "C"}).unicode);
  REQUIRE_FALSE(style_in({"xterm", nullptr, "C", nullptr, "de_DE.UTF-8"}).unicode);
  REQUIRE_FALSE(style_in({"xterm", nullptr, nullptr, "POSIX", "de_DE.UTF-8"}).unicode);
  REQUIRE_FALSE(style_in({"xterm", nullptr, nullptr, nullptr, nullptr}).unicode);
}

TEST_CASE("what is no terminal is not restored and has the size of a usual one") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  REQUIRE_FALSE(live::is_terminal(ends[1]));
  live::restore_terminal(ends[1]);
  char byte = 0;
  REQUIRE(::read(ends[0], &byte, 1) == -1);
  REQUIRE(live::window_size(ends[1]).columns == 80);
  REQUIRE(live::window_size(ends[1]).rows == 24);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("what a slow reader cannot take at once goes out later and in order") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  live::Outlet outlet(ends[1]);
  REQUIRE(outlet.ready());

  std::string sent(200'000, 'a');
  sent += "end";
  outlet.put(sent);
  REQUIRE_FALSE(outlet.ready());
  std::string got;
  std::array<char, 4096> buffer{};
  while (got.size() < sent.size()) {
    const auto size = ::read(ends[0], buffer.data(), buffer.size());
    if (size > 0) {
      got.append(buffer.data(), static_cast<std::size_t>(size));
    } else {
      (void)outlet.ready();
    }
  }
  REQUIRE(got == sent);
  REQUIRE(outlet.ready());
  ::close(ends[0]);
  ::close(ends[1]);
}
