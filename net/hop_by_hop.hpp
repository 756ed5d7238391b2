// What a proxy changes in the header fields that it passes on (RFC 9110, 7.6.1).
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

namespace tripcurve::net {

// Removes the fields that are about one connection only, and those that Connection names; how the
// body is framed stays. An upgrade stays if `upgrades`.
void remove_hop_by_hop(boost::beast::http::fields& fields, bool upgrades);

// The request or the answer asks for another protocol, or agrees to one.
[[nodiscard]] bool is_upgrade(const boost::beast::http::fields& fields);

}  // namespace tripcurve::net
