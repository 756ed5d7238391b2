// tripcurve proxy: faults between clients and a real service.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/serving.hpp"
#include "cli/signals.hpp"
#include "cli/text_file.hpp"
#include "cli/tls_flags.hpp"
#include "cli/waiting_clients.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "net/client.hpp"
#include "net/tcp_proxies.hpp"
#include "serve/http_server.hpp"
#include "serve/toxiproxy.hpp"
#include "toxics/kind.hpp"
#include "toxics/toxic.hpp"

namespace tripcurve::cli {
namespace {

struct ProxyFlags {
  ServingFlags serving;
  std::optional<std::string> to, toxiproxy, config;
  std::vector<std::string> toxics;
  bool tcp = false;
};

constexpr const char* own_name = "tcp";  // of the proxy that --to makes

// What is missing, or does not go together.
std::optional<Error> contradiction(const ProxyFlags& flags) {
  const auto& http = flags.serving.experiment;
  if (http.latency || http.errors || http.rate_limit || http.capacity || !http.phases.empty() ||
      http.threads || flags.serving.loop || flags.serving.print_plan ||
      flags.serving.control.address || flags.serving.control.token || http.tls || http.cert ||
      http.key || http.tls_ca_out || http.cacert || http.insecure) {
    return Error{"the faults of requests, their phases, --threads, TLS and --control need HTTP",
                 "write --to http://HOST:PORT without --tcp and --toxiproxy, or use --toxic"};
  }
  if (flags.to && !flags.tcp) {
    return Error{"--to: " + quoted(*flags.to) + " is no URL, and there is no --tcp",
                 "write --to http://" + *flags.to + " for HTTP, or add --tcp for any bytes"};
  }
  if (flags.to && flags.to->find("://") != std::string::npos) {
    return Error{"--to: " + quoted(*flags.to) + " is a URL, and with --tcp it is HOST:PORT",
                 "write it like --to 127.0.0.1:5432"};
  }
  if (!flags.to && flags.tcp) {
    return Error{"--tcp says how, but not where to", "add --to HOST:PORT"};
  }
  if (!flags.to && (http.port || !flags.toxics.empty())) {
    return Error{(http.port ? "--port" : "--toxic") +
                     std::string(" belongs to the proxy that --to makes, and there is no --to"),
                 "add --tcp --to HOST:PORT"};
  }
  if (flags.config && !flags.toxiproxy) {
    return Error{"--config names proxies to begin with, but nothing controls them",
                 "add --toxiproxy 127.0.0.1:8474"};
  }
  if (!flags.to && !flags.toxiproxy) {
    return Error{"there is nothing to pass on",
                 "write --to http://HOST:PORT, --tcp --to HOST:PORT, or --toxiproxy 127.0.0.1:8474 "
                 "to be told later"};
  }
  return std::nullopt;
}

// The proxy that --to makes.
Result<toxics::Proxy> proxy_of(const ProxyFlags& flags) {
  const auto port = port_of(flags.serving.experiment);
  if (!port) {
    return port.error();
  }
  const auto to = serve::parse_address(*flags.to);
  if (!to) {
    return to.error().in("--to");
  }
  if (to->port == 0) {
    return Error{"--to: nothing listens at port 0", "write it like --to 127.0.0.1:5432"};
  }
  toxics::Proxy proxy{
      .name = own_name, .listen = "127.0.0.1:" + std::to_string(*port), .upstream = to->text()};
  for (const auto& text : flags.toxics) {
    const auto toxic = toxics::parse_toxic(text);
    if (!toxic) {
      return toxic.error().in("--toxic");
    }
    for (const auto& other : proxy.toxics) {
      if (other.name == toxic->name) {
        return Error{"--toxic: there are two toxics " + quoted(toxic->name),
                     "give one of each kind for each stream"};
      }
    }
    proxy.toxics.push_back(*toxic);
  }
  return proxy;
}

std::string traffic_text(const std::vector<toxics::ProxyNow>& proxies) {
  std::string text;
  for (const auto& [proxy, traffic] : proxies) {
    text += proxy.name + " to " + proxy.upstream + ": " + show_count(traffic.connections) +
            " connections, " + show_count(traffic.unreachable) + " of them unreachable, " +
            show_count(traffic.sent_up) + " bytes up, " + show_count(traffic.sent_down) +
            " bytes down\n";
  }
  return text;
}

ExitCode wait_for_end(const Signals& signals, const net::TcpProxies& proxies) {
  constexpr Duration attention = std::chrono::milliseconds(100);
  WaitingClients waiting;
  std::optional<int> signal;
  while (!signal || *signal == SIGWINCH) {
    const auto [waits, cause] = proxies.shortage();
    waiting.tell(waits, cause);
    signal = signals.wait(attention);
  }
  signals.release();
  print(traffic_text(proxies.all()));
  return exit_code_of(*signal);
}

// In front of an HTTP service.
ExitCode pass_requests_on(const ProxyFlags& flags) {
  auto target = net::parse_target(*flags.to);
  if (!target) {
    return usage_error(target.error().in("--to"));
  }
  if (target->path != "/") {
    return usage_error({"--to: " + quoted(*flags.to) + " has a path, and requests bring their own",
                        "leave out " + target->path});
  }
  if (!flags.toxics.empty() || flags.toxiproxy || flags.config) {
    return usage_error({"toxics and toxiproxy's API are for bytes, and --to is a URL",
                        "write --tcp --to HOST:PORT, or use --errors and --latency"});
  }
  auto service = std::make_shared<net::Target>(*std::move(target));
  if (const auto error = take_trust(flags.serving.experiment, *service)) {
    return usage_error(*error);
  }
  if (const auto error = net::unreadable_trust(*service)) {
    return usage_error(*error);
  }
  if (const auto error = net::resolve(*service)) {
    return environment_error(
        {"--to: cannot resolve " + quoted(service->host) + ": " + error.message(),
         "name a host that exists"});
  }
  return serve_faults(flags.serving, std::move(service));
}

ExitCode pass_on(const ProxyFlags& flags) {
  if (flags.to && !flags.tcp && flags.to->find("://") != std::string::npos) {
    return pass_requests_on(flags);
  }
  if (const auto error = contradiction(flags)) {
    return usage_error(*error);
  }
  const auto experiment = upstream_of(flags.serving.experiment);
  if (!experiment) {
    return usage_error(experiment.error());
  }
  std::optional<toxics::Proxy> own;
  if (flags.to) {
    auto proxy = proxy_of(flags);
    if (!proxy) {
      return usage_error(proxy.error());
    }
    own = *std::move(proxy);
  }
  std::optional<serve::Address> address;
  if (flags.toxiproxy) {
    const auto parsed = serve::parse_address(*flags.toxiproxy);
    if (!parsed) {
      return usage_error(parsed.error().in("--toxiproxy"));
    }
    address = *parsed;
  }

  const Signals signals;
  const net::SteadyClock clock;
  net::TcpProxies proxies(clock, Random(experiment->seed));
  serve::Toxiproxy api(proxies);
  if (flags.config) {
    if (const auto error = api.populate(read_text_file(*flags.config))) {
      return usage_error(error->in("--config " + *flags.config));
    }
  }
  if (own) {
    const auto made = proxies.set(*own);
    if (!made) {
      return environment_error(made.error());
    }
    print(made->listen + "\n");
  }
  std::optional<serve::HttpServer> server;
  if (address) {
    server.emplace(*address, "--toxiproxy", serve::Toxiproxy::longest_body);
    server->api([&api](const serve::PageRequest& request) { return api.answer(request); });
    server->start();
    if (!own) {
      print("http://" + server->address().text() + "\n");
    }
    say("toxiproxy's clients can reach it at http://" + server->address().text());
  }
  say("passing on, seed " + std::to_string(experiment->seed) + "; Ctrl-C stops");
  return wait_for_end(signals, proxies);
}

// The kinds of toxics, a line for each.
std::string toxics_help() {
  std::string text;
  for (const auto* kind : toxics::kinds()) {
    text += std::string("  ") + kind->word;
    for (std::size_t i = 0; i < kind->attributes.size(); ++i) {
      text += std::string(i == 0 ? "(" : ",") + kind->attributes[i].name +
              (i + 1 == kind->attributes.size() ? ")" : "");
    }
    text += "\n";
  }
  return text;
}

}  // namespace

Command add_proxy(CLI::App& app) {
  auto flags = std::make_shared<ProxyFlags>();
  auto& command = add_command(
      app, "proxy", "Put faults between clients and a real service",
      "Toxics: [upstream ]KIND(KEY=VALUE,...)[:SHARE of connections], downstream\nunless it says "
      "upstream. The kinds and their keys:\n" +
          toxics_help() +
          "Examples:\n"
          "  tripcurve proxy --to http://127.0.0.1:8000 --errors 503:5%,reset:1%\n"
          "  tripcurve proxy --tcp --to 127.0.0.1:5432 --toxic 'latency(latency=80ms)'\n"
          "  tripcurve proxy --tcp --to db:3306 --toxic 'upstream timeout:5%' --port 3307\n"
          "  tripcurve proxy --toxiproxy 127.0.0.1:8474 --config proxies.json");
  const FlagGroup add(command, "Proxy");
  add("--tcp", flags->tcp, "pass bytes on, whatever their protocol");
  add("--to", flags->to, "URL", "the service behind the proxy; with --tcp, HOST:PORT");
  add("--cacert", flags->serving.experiment.cacert, "FILE",
      "who may have signed the service's certificate, in PEM", Completion::of_files());
  add("--insecure", flags->serving.experiment.insecure, "take any certificate of an https service");
  add("--toxic", flags->toxics, "TOXIC", "what goes wrong with the bytes");
  const FlagGroup control(command, "Control");
  control("--toxiproxy", flags->toxiproxy, "ADDR",
          "serve toxiproxy's API, for its client libraries");
  control("--config", flags->config, "FILE", "begin with these proxies, in toxiproxy's JSON",
          Completion::of_files());
  add_upstream_flags(command, flags->serving.experiment);
  add_serving_flags(command, flags->serving);
  add_seed_flag(command, flags->serving.experiment);
  return {&command, [flags] { return pass_on(*flags); }};
}

}  // namespace tripcurve::cli
