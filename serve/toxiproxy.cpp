#include "serve/toxiproxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "serve/metrics.hpp"
#include "serve/toxiproxy_json.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;
using toxics::Proxies;
using toxics::Proxy;
using toxics::Toxic;

// What clients are told that compare versions; what follows the '+' does not count among them.
constexpr const char* spoken_version = "2.12.0+tripcurve";

constexpr const char* usual_listen = "127.0.0.1:0";

Answer json_answer(const Json& json, int status = 200) {
  return {.status = status, .type = "application/json", .body = json.dump() + "\n"};
}

Answer nothing_to_say() { return {.status = 204, .type = "application/json"}; }

Json json_of(const ApiTrouble& trouble) {
  return {{"error", trouble.words}, {"status", trouble.status}};
}

// "/proxies/my%20db/toxics" as its segments.
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (auto rest = path.substr(1); !rest.empty();) {
    const auto segment = take_until(rest, "/");
    std::string decoded;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      const auto is_digit = [&](std::size_t at) {
        return at < segment.size() && std::isxdigit(static_cast<unsigned char>(segment[at])) != 0;
      };
      if (segment[i] == '%' && is_digit(i + 1) && is_digit(i + 2)) {
        decoded += static_cast<char>(std::stoi(std::string(segment.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        decoded += segment[i];
      }
    }
    segments.push_back(std::move(decoded));
  }
  return segments;
}

std::optional<Proxy> find_proxy(const Proxies& proxies, const std::string& name) {
  for (auto& now : proxies.all()) {
    if (now.proxy.name == name) {
      return now.proxy;
    }
  }
  return std::nullopt;
}

Proxy proxy_named(const Proxies& proxies, const std::string& name) {
  auto found = find_proxy(proxies, name);
  if (!found) {
    throw ApiTrouble{404, "proxy not found"};
  }
  return *std::move(found);
}

Toxic& toxic_named(Proxy& proxy, const std::string& name) {
  const auto found = std::ranges::find(proxy.toxics, name, &Toxic::name);
  if (found == proxy.toxics.end()) {
    throw ApiTrouble{404, "toxic not found"};
  }
  return *found;
}

Proxy apply(Proxies& proxies, Proxy wanted) {
  if (wanted.listen.empty()) {
    wanted.listen = usual_listen;
  }
  const auto is = proxies.set(wanted);
  if (!is) {
    throw ApiTrouble{500, is.error().message};
  }
  return *is;
}

Answer list(const Proxies& proxies) {
  auto all = Json::object();
  for (const auto& now : proxies.all()) {
    all[now.proxy.name] = serve::json_of(now.proxy);
  }
  return json_answer(all);
}

Answer create(Proxies& proxies, std::string_view body) {
  auto wish = read_proxy(read_json_body(body));
  require_complete(wish.proxy);
  if (find_proxy(proxies, wish.proxy.name)) {
    throw ApiTrouble{409, "proxy already exists"};
  }
  wish.proxy.toxics = wish.toxics.value_or(std::vector<Toxic>{});
  return json_answer(serve::json_of(apply(proxies, std::move(wish.proxy))), 201);
}

// Whether two addresses to listen at are the same; the port is what tells.
bool is_same_listen(std::string_view a, std::string_view b) {
  const auto resolved = [](std::string_view text) {
    const auto host = text.substr(0, text.rfind(':'));
    return (host == "localhost" || host.empty() ? "127.0.0.1" : std::string(host)) +
           std::string(text.substr(host.size()));
  };
  return resolved(a) == resolved(b);
}

// One of a list: a proxy that is there already and is like it stays as it is, with its connections.
Proxy put(Proxies& proxies, ProxyWish wish) {
  auto& wanted = wish.proxy;
  if (const auto before = find_proxy(proxies, wanted.name)) {
    wanted.toxics = before->toxics;
    if (is_same_listen(wanted.listen, before->listen) && wanted.upstream == before->upstream) {
      wanted.listen = before->listen;
      wanted.enabled = before->enabled;
    } else {
      wanted.toxics.clear();  // it is another proxy
    }
  }
  if (wish.toxics) {
    wanted.toxics = *std::move(wish.toxics);
  }
  return apply(proxies, std::move(wanted));
}

// Until one fails.
std::optional<ApiTrouble> put_all(Proxies& proxies, std::string_view body,
                                  std::vector<Proxy>& made) {
  try {
    const auto json = read_json_body(body);
    if (!json.is_array()) {
      return ApiTrouble{400, "bad request body: a list of proxies was expected"};
    }
    std::vector<ProxyWish> wishes;
    for (const auto& one : json) {
      wishes.push_back(read_proxy(one));
      require_complete(wishes.back().proxy, fmt::format(" at proxy {}", wishes.size()));
    }
    for (auto& wish : wishes) {
      made.push_back(put(proxies, std::move(wish)));
    }
    return std::nullopt;
  } catch (const ApiTrouble& trouble) {
    return trouble;
  }
}

Answer populate_from(Proxies& proxies, std::string_view body) {
  std::vector<Proxy> made;
  const auto trouble = put_all(proxies, body, made);
  auto json = trouble ? json_of(*trouble) : Json::object();
  json["proxies"] = Json::array();
  for (const auto& proxy : made) {
    json["proxies"].push_back(serve::json_of(proxy));
  }
  return json_answer(json, trouble ? trouble->status : 201);
}

Answer update(Proxies& proxies, const Proxy& before, std::string_view body) {
  auto wish = read_proxy(read_json_body(body), before);
  if (wish.proxy.name != before.name) {
    throw ApiTrouble{400, "bad request body: a proxy cannot be renamed"};
  }
  // toxics stay: clients send the list that they were given at some time.
  if (is_same_listen(wish.proxy.listen, before.listen)) {
    wish.proxy.listen = before.listen;
  }
  require_complete(wish.proxy);
  return json_answer(serve::json_of(apply(proxies, std::move(wish.proxy))));
}

Answer reset(Proxies& proxies) {
  for (auto& [proxy, traffic] : proxies.all()) {
    auto wanted = proxy;
    wanted.enabled = true;
    wanted.toxics.clear();
    apply(proxies, std::move(wanted));
  }
  return nothing_to_say();
}

Answer add_toxic(Proxies& proxies, Proxy proxy, std::string_view body) {
  auto toxic = read_toxic(read_json_body(body));
  if (std::ranges::find(proxy.toxics, toxic.name, &Toxic::name) != proxy.toxics.end()) {
    throw ApiTrouble{409, "toxic already exists"};
  }
  proxy.toxics.push_back(toxic);
  apply(proxies, std::move(proxy));
  return json_answer(serve::json_of(toxic));
}

Answer metrics(const Proxies& proxies) {
  std::string text;
  const auto all = proxies.all();
  const auto add = [&](const char* what, std::uint64_t toxics::Traffic::* up,
                       std::uint64_t toxics::Traffic::* down) {
    text += fmt::format(
        "# HELP toxiproxy_proxy_{0}_bytes_total Bytes {0} by a proxy, by the way they went.\n"
        "# TYPE toxiproxy_proxy_{0}_bytes_total counter\n",
        what);
    for (const auto& [proxy, traffic] : all) {
      for (const auto& [way, count] :
           {std::pair{"upstream", traffic.*up}, {"downstream", traffic.*down}}) {
        text += fmt::format(
            "toxiproxy_proxy_{}_bytes_total{{direction=\"{}\",listener=\"{}\",proxy=\"{}\","
            "upstream=\"{}\"}} {}\n",
            what, way, label_value(proxy.listen), label_value(proxy.name),
            label_value(proxy.upstream), count);
      }
    }
  };
  add("received", &toxics::Traffic::received_up, &toxics::Traffic::received_down);
  add("sent", &toxics::Traffic::sent_up, &toxics::Traffic::sent_down);
  return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = text};
}

[[noreturn]] void not_here() { throw ApiTrouble{404, "there is nothing here"}; }
[[noreturn]] void not_so() { throw ApiTrouble{405, "that cannot be done here"}; }

// A change of what is there; toxiproxy's clients use both.
bool is_update(const PageRequest& request) {
  return request.method == "POST" || request.method == "PATCH";
}

bool is_read(const PageRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

Answer at_toxic(Proxies& proxies, const PageRequest& request, Proxy proxy,
                const std::string& name) {
  auto& toxic = toxic_named(proxy, name);
  if (is_read(request)) {
    return json_answer(serve::json_of(toxic));
  }
  if (is_update(request)) {
    toxic = read_toxic_update(read_json_body(request.body), toxic);
    const auto answer = json_answer(serve::json_of(toxic));
    apply(proxies, std::move(proxy));
    return answer;
  }
  if (request.method == "DELETE") {
    std::erase(proxy.toxics, Toxic(toxic));
    apply(proxies, std::move(proxy));
    return nothing_to_say();
  }
  not_so();
}

Answer at_proxy(Proxies& proxies, const PageRequest& request,
                const std::vector<std::string>& path) {
  auto proxy = proxy_named(proxies, path[1]);
  if (path.size() == 2) {
    if (is_read(request)) {
      return json_answer(serve::json_of(proxy));
    }
    if (is_update(request)) {
      return update(proxies, proxy, request.body);
    }
    if (request.method == "DELETE") {
      proxies.remove(proxy.name);
      return nothing_to_say();
    }
    not_so();
  }
  if (path[2] != "toxics" || path.size() > 4) {
    not_here();
  }
  if (path.size() == 4) {
    return at_toxic(proxies, request, std::move(proxy), path[3]);
  }
  if (is_read(request)) {
    return json_answer(serve::json_of(proxy.toxics));
  }
  if (request.method == "POST") {
    return add_toxic(proxies, std::move(proxy), request.body);
  }
  not_so();
}

Answer at_path(Proxies& proxies, const PageRequest& request) {
  const auto path = segments_of(request.path);
  if (path.empty()) {
    not_here();
  }
  if (path[0] == "proxies" && path.size() > 1) {
    return at_proxy(proxies, request, path);
  }
  const auto is = [&](const char* word) { return path.size() == 1 && path[0] == word; };
  const bool reads = is_read(request);
  if (is("proxies") && (reads || request.method == "POST")) {
    return reads ? list(proxies) : create(proxies, request.body);
  }
  if ((is("populate") || is("reset")) && request.method == "POST") {
    return path[0] == "reset" ? reset(proxies) : populate_from(proxies, request.body);
  }
  if (is("version") && reads) {
    return {.type = "application/json;charset=utf-8",
            .body = fmt::format("{{\"version\": \"{}\"}}\n", spoken_version)};
  }
  if (is("metrics") && reads) {
    return metrics(proxies);
  }
  if (is("proxies") || is("populate") || is("reset") || is("version") || is("metrics")) {
    not_so();
  }
  not_here();
}

}  // namespace

Answer Toxiproxy::answer(const PageRequest& request) {
  if (request.field("User-Agent").starts_with("Mozilla/")) {
    return {.status = 403, .body = "User agent not allowed\n"};
  }
  const std::lock_guard lock(mutex_);
  try {
    return at_path(proxies_, request);
  } catch (const ApiTrouble& trouble) {
    return json_answer(json_of(trouble), trouble.status);
  }
}

std::optional<Error> Toxiproxy::populate(std::string_view json) {
  const std::lock_guard lock(mutex_);
  std::vector<Proxy> made;
  if (const auto trouble = put_all(proxies_, json, made)) {
    return Error{trouble->words,
                 "write a list like [{\"name\": \"db\", \"listen\": "
                 "\"127.0.0.1:3310\", \"upstream\": \"127.0.0.1:3306\"}]"};
  }
  return std::nullopt;
}

}  // namespace tripcurve::serve
