#include "cli/service.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <utility>

#include "child/ready.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "faults/injector.hpp"
#include "net/clock.hpp"
#include "net/upstream.hpp"

namespace tripcurve::cli {

// Dependencies that answer well as long as it lives.
class Service::WellDependencies {
 public:
  explicit WellDependencies(const StandIns& stand_ins) {
    for (std::size_t i = 0; i < stand_ins.ports.size(); ++i) {
      net::UpstreamOptions options;
      options.port = stand_ins.ports[i];
      options.service = i == 0 ? stand_ins.behind : nullptr;
      options.tls = i == 0 ? stand_ins.tls : nullptr;
      upstreams_.push_back(std::make_unique<net::Upstream>(injector_, clock_, std::move(options)));
    }
  }

 private:
  const faults::Plan plan_{
      faults::Upstream{}, {{.name = "start", .length = std::chrono::hours(24)}}, Random(0)};
  faults::Injector injector_{plan_};
  const net::SteadyClock clock_;
  std::vector<std::unique_ptr<net::Upstream>> upstreams_;
};

Service::Service(const Signals& signals) : signals_(signals) {}
Service::~Service() = default;

void Service::let_go_of_ports() { dependencies_.reset(); }

std::optional<Error> Service::start(const experiment::Through& through, const net::Target& target,
                                    const StandIns& stand_ins) {
  // It would be taken for the service, which cannot listen there.
  if (auto other = target; target.loopback && !net::try_connect(other)) {
    return Error{"through.start: something listens at " + target.authority() + " already",
                 "stop that, or leave out start to test it"};
  }
  dependencies_ = std::make_unique<const WellDependencies>(stand_ins);
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
    if (signal && *signal != SIGWINCH) {
      signal_ = *signal;
    }
    return signal_ == 0;
  };
  if (auto error = child::wait_until_ready(*child_, when, pause)) {
    return error->in("through.start");
  }
  return std::nullopt;
}

std::optional<std::string> Service::gone() {
  const auto ended = child_ ? child_->wait() : std::nullopt;
  if (!ended) {
    return std::nullopt;
  }
  const auto& output = child_->command().output;
  const auto line = child::last_lines(output, 1);
  return fmt::format("the service has ended {} before the run was over: {}", ended->text(),
                     line.empty()
                         ? "it has printed nothing in " + output
                         : fmt::format("its last line in {} is '{}'", output, visible(line)));
}

std::optional<std::string> Service::stop() {
  if (!child_) {
    return std::nullopt;
  }
  child_->stop();
  const auto was_killed = child_->was_killed();
  const auto grace = child_->command().grace;
  child_.reset();
  return was_killed ? std::optional(fmt::format(
                          "the service had not ended {} after SIGTERM and was killed; have it end "
                          "on SIGTERM, or change through.start.grace",
                          format_duration(grace)))
                    : std::nullopt;
}

}  // namespace tripcurve::cli
