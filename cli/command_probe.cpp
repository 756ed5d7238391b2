// tripcurve probe: the breaker of a service, found out from outside.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "child/child.hpp"
#include "cli/command.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/import_file.hpp"
#include "cli/json_output.hpp"
#include "cli/probe_all.hpp"
#include "cli/probe_output.hpp"
#include "cli/probed_service.hpp"
#include "cli/read_flag.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "probe/simulated.hpp"
#include "probe/words.hpp"

namespace tripcurve::cli {
namespace {

struct ProbeFlags {
  std::optional<std::string> through, port, self, budget, max_calls, rate, expect, reset, seed;
  std::optional<std::string> json;
  std::vector<std::string> dialects, endpoints, headers, instances;
  bool wire = false;
  bool allow_remote = false;
  bool quiet = false;
};

constexpr std::string_view every_dialect = "all";
constexpr double most_rate = 1000;  // calls per second
constexpr std::uint64_t most_calls = 1'000'000;
constexpr Duration longest_reset = std::chrono::seconds(60);

Result<Duration> parse_budget(const std::string& text) {
  const auto budget = parse_duration(text);
  return budget && *budget < std::chrono::seconds(1)
             ? Result<Duration>(Error{"no breaker can be found out in " + text,
                                      "give it at least 1s, such as 5m"})
             : budget;
}

Result<std::uint64_t> parse_calls(const std::string& text) {
  return parse_count(text, 1, most_calls);
}

Result<Duration> parse_pace(const std::string& text) {
  const auto rate = parse_rate(text);
  if (!rate) {
    return rate.error();
  }
  if (rate->per_second > most_rate) {
    return Error{text + " is more than probe can count one by one", "write at most 1000/s"};
  }
  return Duration(static_cast<std::int64_t>(1e9 / rate->per_second));
}

Result<probe::Question> question_of(const ProbeFlags& flags) {
  probe::Question question{.dialects = flags.dialects};
  for (const auto& error :
       {read_flag(question.budget, "--budget", flags.budget, parse_budget),
        read_flag(question.most_calls, "--max-calls", flags.max_calls, parse_calls),
        read_flag(question.pace, "--rate", flags.rate, parse_pace)}) {
    if (error) {
      return *error;
    }
  }
  for (const auto& name : flags.dialects) {
    if (const auto dialect = breaker::find_dialect(name); !dialect) {
      return dialect.error().in("--dialect");
    }
  }
  if (flags.expect) {
    auto imported = import_file(*flags.expect, std::vector<std::string>{});
    if (!imported) {
      return imported.error().in("--expect-dialect");
    }
    question.expected = imported->choice;
  }
  return question;
}

// A way to the service beside the one that is probed, as somebody named it.
struct Way {
  std::string name;
  load::Endpoint endpoint;
};

Result<load::Endpoint> with_header(load::Endpoint endpoint, const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) {
    return Error{"'" + text + "' is not a header", "write --header 'X-Tenant: gold'"};
  }
  const std::string_view all = text;
  auto header =
      load::parse_endpoint_header(trim(all.substr(0, colon)), trim(all.substr(colon + 1)));
  if (!header) {
    return header.error();
  }
  endpoint.headers.push_back(*std::move(header));
  return endpoint;
}

Result<std::vector<Way>> ways_of(const ProbeFlags& flags, const load::Endpoint& probed) {
  std::vector<Way> ways;
  for (const auto& text : flags.endpoints) {
    auto endpoint = load::parse_endpoint(text);
    if (!endpoint) {
      return endpoint.error().in("--endpoint");
    }
    ways.push_back({text, *std::move(endpoint)});
  }
  for (const auto& text : flags.headers) {
    auto endpoint = with_header(probed, text);
    if (!endpoint) {
      return endpoint.error().in("--header");
    }
    ways.push_back({"with " + text, *std::move(endpoint)});
  }
  return ways;
}

ExitCode code_of(const probe::Findings& findings) {
  const bool contradicts = findings.expected_is_left && !*findings.expected_is_left;
  if (!findings.trouble.empty()) {
    return ExitCode::environment;
  }
  return contradicts ? ExitCode::failure : ExitCode::success;
}

std::string expectation_words(const probe::Question& question, const probe::Findings& findings) {
  if (!findings.expected_is_left) {
    return "";
  }
  return std::string(*findings.expected_is_left ? "\nPASS: it may be " : "\nFAIL: it is not ") +
         question.expected->text() + "\n";
}

ExitCode answer(const ProbeFlags& flags, const probe::Question& question,
                const probe::Findings& findings, ExitCode code) {
  return tell(probe::report(findings) + expectation_words(question, findings), json_of(findings),
              flags.json, code);
}

struct Quiet final : probe::Watcher {};

std::unique_ptr<probe::Watcher> watcher_of(const ProbeFlags& flags) {
  return flags.quiet ? std::unique_ptr<probe::Watcher>(std::make_unique<Quiet>())
                     : std::make_unique<ProbeProgress>();
}

ExitCode probe_on_wire(const ProbeFlags& flags, const probe::Question& question,
                       const net::Target& target, const std::vector<load::Endpoint>& endpoints,
                       const std::vector<std::uint16_t>& ports,
                       const std::function<void(std::uint16_t)>& start) {
  const Signals signals;
  const net::SteadyClock clock;
  net::BothEnds ends(
      target, endpoints, ports,
      flags.allow_remote ? net::BothEnds::Listens::everywhere : net::BothEnds::Listens::on_loopback,
      clock);
  start(ends.port());
  ProbedService service(ends, clock, signals, question.pace);
  probe::Renew renew;
  if (flags.reset) {
    renew = [&] {
      auto command = child::shell(*flags.reset);
      command.rest_goes_on = true;
      const auto ended = child::run(command, longest_reset, [&] { return !service.over(); });
      if (!ended && !service.over()) {
        say("--reset: " + ended.error().message);
      } else if (ended && !ended->well()) {
        say(fmt::format("--reset: '{}' has ended {}", *flags.reset, ended->text()));
      }
      return ended.ok() && ended->well();
    };
  }
  const auto watcher = watcher_of(flags);
  const auto findings = probe::find_out(question, service, renew, *watcher);
  signals.release();
  const auto code = service.signal() == 0 ? code_of(findings) : exit_code_of(service.signal());
  return answer(flags, question, findings, code);
}

Result<net::Target> service_of(const ProbeFlags& flags) {
  auto parsed = net::parse_target(*flags.through);
  if (!parsed) {
    return parsed.error().in("--through");
  }
  auto target = *std::move(parsed);
  if (const auto error = net::resolve(target)) {
    throw std::system_error(error, "--through: cannot resolve '" + target.host + "'");
  }
  if (!target.loopback && !flags.allow_remote) {
    return Error{"--through: '" + target.host + "' is not on this machine",
                 "add --allow-remote if the service there may be probed"};
  }
  if (const auto error = net::try_connect(target)) {
    throw std::system_error(error, "--through: the service at " + target.authority() +
                                       " cannot be reached; start it, or check the address");
  }
  return target;
}

// Enough to see a cache, and few enough to tell the breaker nothing much.
constexpr std::uint32_t calls_before_any_fails = 5;

ExitCode probe_through(const ProbeFlags& flags, probe::Question question) {
  if (!flags.port) {
    return usage_error({"--through needs --port: where the service expects its dependency",
                        "add --port 9000, and have the service call http://127.0.0.1:9000"});
  }
  const auto port = parse_count(*flags.port, 1, 65535);
  if (!port) {
    return usage_error(port.error().in("--port"));
  }
  std::vector<std::uint16_t> ports{static_cast<std::uint16_t>(*port)};
  for (const auto& text : flags.instances) {
    const auto other = parse_count(text, 1, 65535);
    if (!other) {
      return usage_error(other.error().in("--instance"));
    }
    if (std::ranges::find(ports, *other) != ports.end()) {
      return usage_error({"--instance " + text + ": another instance listens there",
                          "give each instance of the dependency a port of its own"});
    }
    ports.push_back(static_cast<std::uint16_t>(*other));
  }
  question.instances = static_cast<std::uint32_t>(ports.size());
  question.good_first = calls_before_any_fails;
  const auto target = service_of(flags);
  if (!target) {
    return usage_error(target.error());
  }
  std::vector<load::Endpoint> endpoints{{.path = target->path}};
  auto ways = ways_of(flags, endpoints.front());
  if (!ways) {
    return usage_error(ways.error());
  }
  for (auto& way : *ways) {
    question.ways.push_back(std::move(way.name));
    endpoints.push_back(std::move(way.endpoint));
  }
  return probe_on_wire(flags, question, *target, endpoints, ports, [](std::uint16_t) {});
}

ExitCode probe_self(const ProbeFlags& flags, const probe::Question& question) {
  std::uint64_t seed = 1;
  if (const auto error = read_flag(seed, "--seed", flags.seed, [](const std::string& text) {
        return parse_count(text, 0, ~std::uint64_t{0});
      })) {
    return usage_error(*error);
  }
  if (*flags.self == every_dialect && flags.wire) {
    return usage_error({"--self all is in virtual time only",
                        "leave --wire out, or name one breaker, such as --self gobreaker"});
  }
  if (*flags.self == every_dialect) {
    return probe_all(question, seed, flags.json);
  }
  const auto choice = breaker::parse_choice(*flags.self);
  if (!choice) {
    return usage_error(choice.error().in("--self"));
  }
  if (flags.wire) {
    const net::SteadyClock clock;
    OwnService own(*choice, clock);
    const net::Target target{.host = "127.0.0.1", .port = own.port(), .loopback = true};
    return probe_on_wire(flags, question, target, {{}}, {0},
                         [&](std::uint16_t port) { own.start(port); });
  }
  const auto rules = breaker::usual_rules(choice->dialect());
  const probe::Surroundings around{.pace = question.pace};
  probe::Simulated subject(*choice, rules, around, TimePoint{}, Random(seed).fork("probed"));
  const auto watcher = watcher_of(flags);
  const auto findings = probe::find_out(question, subject, nullptr, *watcher);
  return answer(flags, question, findings, code_of(findings));
}

ExitCode probe_something(const ProbeFlags& flags) {
  if (flags.through.has_value() == flags.self.has_value()) {
    return usage_error(
        {flags.through ? "--through and --self exclude each other" : "nothing to probe",
         "add --through http://127.0.0.1:8080/ --port 9000, or --self classic"});
  }
  const std::array wire_only{std::pair{"--wire", flags.wire && flags.through},
                             std::pair{"--port", flags.port && flags.self},
                             std::pair{"--reset", flags.reset && flags.self},
                             std::pair{"--allow-remote", flags.allow_remote && flags.self},
                             std::pair{"--endpoint", !flags.endpoints.empty() && flags.self},
                             std::pair{"--instance", !flags.instances.empty() && flags.self},
                             std::pair{"--header", !flags.headers.empty() && flags.self},
                             std::pair{"--seed", flags.seed && (flags.through || flags.wire)}};
  for (const auto& [flag, misplaced] : wire_only) {
    if (misplaced) {
      return usage_error({std::string(flag) + " has no effect on " +
                              (flags.through ? "--through" : "--self") +
                              (flags.wire && flags.self ? " --wire" : ""),
                          "leave it out"});
    }
  }
  const auto question = question_of(flags);
  if (!question) {
    return usage_error(question.error());
  }
  return flags.through ? probe_through(flags, *question) : probe_self(flags, *question);
}

}  // namespace

Command add_probe(CLI::App& app) {
  auto flags = std::make_shared<ProbeFlags>();
  auto& command =
      add_command(app, "probe", "Find out the breaker of a service from outside",
                  "Plays the callers of the service and its dependency, makes experiments, and\n"
                  "says which breakers with which settings do what was seen. docs/PROBE.md\n"
                  "explains the answer. Examples:\n"
                  "  tripcurve probe --through http://127.0.0.1:8080/checkout --port 9000\n"
                  "  tripcurve probe --through http://127.0.0.1:8080/ --port 9000 \\\n"
                  "      --dialect resilience4j --expect-dialect application.yml\n"
                  "  tripcurve probe --self gobreaker,Timeout=5s --budget 10m");
  const FlagGroup service(command, "Service");
  service("--through", flags->through, "URL", "the service to probe, which is called");
  service("--port", flags->port, "PORT", "where the service expects its dependency");
  service("--reset", flags->reset, "COMMAND", "makes the breaker new, such as a restart (waits)");
  service("--allow-remote", flags->allow_remote,
          "allow a service on another machine, and listen for it");
  service("--endpoint", flags->endpoints, "SPEC", "is the breaker the same there? may be repeated");
  service("--header", flags->headers, "FIELD", "is it the same for calls with it? may be repeated");
  service("--instance", flags->instances, "PORT",
          "another instance of the dependency; may be repeated");
  const FlagGroup self(command, "Self-test");
  self("--self", flags->self, "BREAKER", "probe tripcurve's own client in virtual time, or 'all'",
       breaker_completion());
  self("--wire", flags->wire, "the same on real sockets");
  self("--seed", flags->seed, "N", "what the breaker's chance is made from (1)");
  const FlagGroup bounds(command, "Bounds");
  bounds("--budget", flags->budget, "TIME", "ends after this time (5m)");
  bounds("--max-calls", flags->max_calls, "N", "ends after this many calls (20000)");
  bounds("--rate", flags->rate, "RATE", "at most so many calls per second (200/s)");
  const FlagGroup question(command, "Question");
  question("--dialect", flags->dialects, "NAME", "it is one of these; may be repeated");
  question("--expect-dialect", flags->expect, "FILE",
           "fails if its settings (or FILE#INSTANCE) are not left", Completion::of_files());
  question("--quiet", flags->quiet, "only the answer");
  add_json_flag(command, flags->json);
  return {&command, [flags] { return probe_something(*flags); }};
}

}  // namespace tripcurve::cli
