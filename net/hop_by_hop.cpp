#include "net/hop_by_hop.hpp"

#include <string>
#include <vector>

#include <boost/beast/http/rfc7230.hpp>

namespace tripcurve::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::vector<std::string> named_by_connection(const http::fields& fields) {
  std::vector<std::string> names;
  const auto [begin, end] = fields.equal_range(http::field::connection);
  for (auto field = begin; field != end; ++field) {
    for (const auto& name : http::token_list(field->value())) {
      names.emplace_back(name.data(), name.size());
    }
  }
  return names;
}

}  // namespace

bool is_upgrade(const http::fields& fields) {
  if (fields.find(http::field::upgrade) == fields.end()) {
    return false;
  }
  for (const auto& name : named_by_connection(fields)) {
    if (beast::iequals(name, "upgrade")) {
      return true;
    }
  }
  return false;
}

void remove_hop_by_hop(http::fields& fields, bool upgrades) {
  for (const auto& name : named_by_connection(fields)) {
    // These say how the body ends, or whom the request is for: nobody may have them removed.
    const bool stays = beast::iequals(name, "transfer-encoding") ||
                       beast::iequals(name, "content-length") || beast::iequals(name, "host") ||
                       (upgrades && beast::iequals(name, "upgrade"));
    if (!stays) {
      fields.erase(name);
    }
  }
  fields.erase(http::field::connection);
  fields.erase(http::field::keep_alive);
  fields.erase(http::field::proxy_connection);
  fields.erase(http::field::te);
  if (upgrades) {
    fields.set(http::field::connection, "upgrade");
  } else {
    fields.erase(http::field::upgrade);
  }
}

}  // namespace tripcurve::net
