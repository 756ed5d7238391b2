#include "importer/policy_list.hpp"

#include <string>
#include <utility>

namespace tripcurve::importer {

Result<client::Policies> read_policy_list(
    const document::Node& list,
    const std::function<Result<client::PolicyConfig>(const document::Node& item)>& read) {
  if (!list.is_list()) {
    return list.at.error(
        "policies must be a list, but this is " + std::string(document::describe(list.kind)),
        "write a list, with the outermost policy first");
  }
  client::Policies policies;
  for (const auto& item : list.children) {
    auto policy = read(item);
    if (!policy) {
      return policy.error();
    }
    policies.push_back(*std::move(policy));
  }
  return policies;
}

}  // namespace tripcurve::importer
