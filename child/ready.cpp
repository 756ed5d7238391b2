#include "child/ready.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "core/ensure.hpp"
#include "core/units.hpp"
#include "net/client.hpp"
#include "net/get.hpp"

namespace tripcurve::child {
namespace {

constexpr auto between_looks = std::chrono::milliseconds(20);
constexpr auto answers_within = std::chrono::seconds(2);

bool answers(const std::string& url) {
  auto target = net::parse_target(url);
  ENSURE(target.ok());
  const auto answer = net::get(*std::move(target), answers_within);
  return answer.ok() && answer->status < 500;
}

bool is_open(std::uint16_t port) {
  net::Target target{.host = "localhost", .port = port, .addresses = {"127.0.0.1", "::1"}};
  return !net::try_connect(target);
}

bool has_line(const std::string& path, const std::string& wanted) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.find(wanted) != std::string::npos) {
      return true;
    }
  }
  return false;
}

// What is not true yet, in words.
std::optional<std::string> missing(const Child& child, const ReadyWhen& when) {
  if (when.port != 0 && !is_open(when.port)) {
    return fmt::format("port {} is not open", when.port);
  }
  if (!when.line.empty() && !has_line(child.command().output, when.line)) {
    return fmt::format("the line '{}' was not printed", when.line);
  }
  if (!when.url.empty() && !answers(when.url)) {
    return fmt::format("{} does not answer with a status below 500", when.url);
  }
  return std::nullopt;
}

// What to do about one that ended before it was ready.
std::string remedy(const Ended& ended) {
  constexpr int not_found = 127;  // as shells say
  return ended.code == not_found ? "name a program that PATH finds, or its path; "
         : ended.well()          ? "let it go on in the foreground until it is stopped; "
                                 : "";
}

std::string printed(const Child& child) {
  const auto& path = child.command().output;
  const auto lines = path.empty() ? "" : last_lines(path);
  return lines.empty() ? "it has printed nothing"
                       : fmt::format("its last lines, in {}:\n{}", path, lines);
}

}  // namespace

std::optional<Error> wait_until_ready(Child& child, const ReadyWhen& when,
                                      const std::function<bool(Duration longest)>& pause) {
  const auto until = std::chrono::steady_clock::now() + when.within;
  while (true) {
    const auto lacks = missing(child, when);
    const auto name = child.command().text();
    if (const auto ended = child.wait()) {
      return Error{fmt::format("'{}' has ended {}", name, ended->text()),
                   remedy(*ended) + printed(child)};
    }
    if (!lacks) {
      return std::nullopt;
    }
    if (std::chrono::steady_clock::now() >= until) {
      return Error{
          fmt::format("'{}' is not ready after {}: {}", name, format_duration(when.within), *lacks),
          "allow it more time (ready: within), or name what shows that it is ready (ready: url, "
          "line "
          "or port); " +
              printed(child)};
    }
    if (!pause(between_looks)) {
      return Error{fmt::format("'{}' was not waited for: {}", name, *lacks), printed(child)};
    }
  }
}

std::string last_lines(const std::string& path, std::size_t lines) {
  std::ifstream file(path);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) {
    all.push_back(line);
    if (all.size() > lines) {
      all.erase(all.begin());
    }
  }
  return fmt::format("{}", fmt::join(all, "\n"));
}

}  // namespace tripcurve::child
