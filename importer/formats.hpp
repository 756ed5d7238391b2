// The formats that can be imported. A new one is a file in formats/, a line here, one in
// formats.cpp and one in CMakeLists.txt.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/read.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// Looks for the breakers of one format. The documents outlive what is found in them.
using Find = Result<std::vector<Found>> (*)(const document::Documents&);

struct Format {
  std::string_view name;  // as people call it
  Find find;
};

[[nodiscard]] std::span<const Format> formats();

[[nodiscard]] Result<std::vector<Found>> find_apisix(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_app_mesh(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_consul(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_dapr(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_dotnet(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_envoy(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_envoy_gateway(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_gloo(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_haproxy(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_hystrix(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_hystrix_go(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_istio(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_krakend(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_kuma(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_linkerd(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_microprofile(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_nginx(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_ocelot(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_plain(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_resilience4j(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_sentinel(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_traefik(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_vertx(const document::Documents& documents);
[[nodiscard]] Result<std::vector<Found>> find_yarp(const document::Documents& documents);

// What a map of tripcurve's own form says: its `dialect` and the settings beside it.
[[nodiscard]] Result<Draft> read_plain(const Node& map);

// Every map of the documents, outer ones first.
struct Visit {
  const Node* map;
  const Node* parent;   // the map or list that it stands in, or null
  const Visit* around;  // the nearest map that it stands in, or null
};
[[nodiscard]] std::deque<Visit> all_maps(const document::Documents& documents);

// The keys and list places that lead to it, "clusters[0].outlier_detection"; of a very long path,
// its end.
[[nodiscard]] std::string path_of(const Visit& visit, char separator = '.');

// The last value of a path of exact keys, or null.
[[nodiscard]] const Node* find_path(const Node& map, std::initializer_list<std::string_view> path);

// The last child by its key in any case, or null.
[[nodiscard]] const Node* find_any_case(const Node& map, std::string_view key);

// metadata.name of a resource of Kubernetes, else its kind.
[[nodiscard]] std::string resource_name(const Node& resource);

// The names in targetRef and targetRefs of a policy of Kubernetes.
[[nodiscard]] std::vector<std::string> target_names(const Node& spec);

// The text of a scalar child, or "".
[[nodiscard]] std::string_view word_of(const Node& map, std::string_view key);

}  // namespace tripcurve::importer
