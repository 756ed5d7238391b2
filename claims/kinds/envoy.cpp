// Envoy's admin pages. /clusters has a line CLUSTER::HOST::health_flags::FLAGS for each host, with
// /failed_outlier_check among the flags while it is ejected; /stats has
// cluster.CLUSTER.outlier_detection.ejections_active and cluster.CLUSTER.membership_total. A
// cluster is open when all of its hosts are ejected; half-open is nothing that Envoy knows.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "claims/kinds/all.hpp"
#include "core/text.hpp"

namespace tripcurve::claims {
namespace {

constexpr std::string_view flags_word = "::health_flags::";
constexpr std::string_view ejected_word = "/failed_outlier_check";
constexpr std::string_view active_word = ".outlier_detection.ejections_active";
constexpr std::string_view members_word = ".membership_total";

struct Hosts {
  std::uint64_t ejected = 0;
  std::uint64_t all = 0;      // 0: not known
  bool has_ejections = true;  // it says how many are ejected
};
using Clusters = std::map<std::string, Hosts, std::less<>>;

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  text = trim(text);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// A line of /clusters. The host's address may have colons, two of them if it is of IPv6; the
// cluster's name is what is before the last one that comes before the flags. An address in brackets
// begins where its bracket does.
void note_flags(std::string_view line, Clusters& clusters) {
  const auto at = line.find(flags_word);
  const auto host = line.substr(0, at);
  const auto bracket = host.rfind("::[");
  const auto colons = bracket != std::string_view::npos ? bracket : host.rfind("::");
  if (colons == std::string_view::npos) {
    return;
  }
  auto& hosts = clusters[std::string(host.substr(0, colons))];
  ++hosts.all;
  const bool out = line.substr(at).find(ejected_word) != std::string_view::npos;
  hosts.ejected += out ? 1U : 0U;
}

void note_statistic(std::string_view line, Clusters& clusters) {
  constexpr std::string_view prefix = "cluster.";
  const auto colon = line.rfind(':');
  if (!line.starts_with(prefix) || colon == std::string_view::npos) {
    return;
  }
  const auto name = line.substr(prefix.size(), colon - prefix.size());
  for (const auto word : {active_word, members_word}) {
    if (name.ends_with(word)) {
      const auto cluster = std::string(name.substr(0, name.size() - word.size()));
      auto& hosts = clusters.try_emplace(cluster, Hosts{.has_ejections = false}).first->second;
      const auto number = number_in(line.substr(colon + 1));
      if (word == active_word) {
        hosts.ejected = number;
        hosts.has_ejections = true;
      } else {
        hosts.all = number;
      }
    }
  }
}

std::string names_of(const Clusters& clusters) {
  std::string names;
  for (const auto& [name, hosts] : clusters) {
    names += (names.empty() ? "" : ", ") + visible(name);
  }
  return names;
}

SaidOrWhy of_cluster(const std::string& name, const Hosts& hosts) {
  auto words = hosts.all == 0 ? fmt::format("{} hosts ejected", hosts.ejected)
                              : fmt::format("{} of {} hosts ejected", hosts.ejected, hosts.all);
  if (!hosts.has_ejections) {
    return Error{fmt::format("the cluster {} has no outlier_detection.ejections_active; configure "
                             "outlier_detection, and let /stats show it",
                             quoted(visible(name))),
                 {}};
  }
  const bool open = hosts.ejected > 0 && hosts.ejected >= hosts.all;
  return std::optional(Said{open ? claim_of(breaker::State::open) : not_open, std::move(words)});
}

SaidOrWhy read_envoy(std::string_view body, const Source& source) {
  Clusters clusters;
  while (!body.empty()) {
    const auto line = trim(take_until(body, "\n"));
    if (line.find(flags_word) != std::string_view::npos) {
      note_flags(line, clusters);
    } else {
      note_statistic(line, clusters);
    }
  }
  if (clusters.empty()) {
    return Error{"it names no host and no cluster; ask /clusters or /stats of Envoy's admin port",
                 {}};
  }
  if (source.breaker.empty() && clusters.size() > 1) {
    return Error{
        "there are several clusters, and 'breaker' does not say which: " + names_of(clusters), {}};
  }
  const auto found = source.breaker.empty() ? clusters.begin() : clusters.find(source.breaker);
  if (found == clusters.end()) {
    return Error{fmt::format("there is no cluster {}; there are {}",
                             quoted(visible(source.breaker)), names_of(clusters)),
                 {}};
  }
  return of_cluster(found->first, found->second);
}

}  // namespace

Kind envoy() {
  return {.name = "envoy",
          .summary = "the admin pages /clusters and /stats of Envoy; the breaker is a cluster",
          .read = read_envoy};
}

}  // namespace tripcurve::claims
