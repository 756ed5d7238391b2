// How a call is known on both sides of a service that passes something of it on: 32 hexadecimal
// digits, the run's 16 and the call's 16. They are the trace-id of `traceparent` and the whole of
// `X-Request-Id`, and whatever field brings them to the dependency will do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"

namespace tripcurve::through {

// "5f0c…0001"; always 32 digits.
[[nodiscard]] std::string identity(std::uint64_t run, std::uint64_t call);

// The number of the call of that run whose identity stands in one of the fields.
[[nodiscard]] std::optional<std::uint64_t> call_in(const std::vector<Header>& headers,
                                                   std::uint64_t run);

// The fields that every call to a service brings, with the identity of call 0: `traceparent`,
// `X-Request-Id`, and the one that the user names, if any.
[[nodiscard]] std::vector<Header> identity_fields(std::uint64_t run, const std::string& own);

}  // namespace tripcurve::through
