#include "cli/service.hpp"

#include <csignal>
#include <utility>

#include "child/ready.hpp"

namespace tripcurve::cli {

std::optional<Error> Service::start(const experiment::Through& through, const net::Target& target) {
  const auto& given = *through.start;
  auto command = child::shell(given.command);
  command.environment = given.environment;
  command.folder = given.folder;
  command.output = given.output;
  command.grace = given.grace;
  auto started = child::Child::start(command);
  if (!started) {
    return started.error().in("through.start");
  }
  child_.emplace(*std::move(started));

  child::ReadyWhen when{.url = given.ready_url,
                        .line = given.ready_line,
                        .port = given.ready_port,
                        .within = given.ready_within};
  if (when.url.empty() && when.line.empty() && when.port == 0 && target.loopback) {
    when.port = target.port;
  }
  const auto pause = [this](Duration longest) {
    const auto signal = signals_.wait(longest);
    return !signal || *signal == SIGWINCH;
  };
  if (auto error = child::wait_until_ready(*child_, when, pause)) {
    return error->in("through.start");
  }
  return std::nullopt;
}

}  // namespace tripcurve::cli
