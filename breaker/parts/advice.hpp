// Warnings that two dialects share.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

// For a library that ends calls after its own timeout, which is not simulated: the load's timeout
// ends them here. Nothing when that one is no longer. `given`: a person wrote it.
void warn_of_own_timeout(std::vector<Warning>& found, std::string_view key, Duration timeout,
                         bool given, const Traffic& traffic);

// For a library that counts calls as errors when more than `places` are out at once.
void warn_of_full_pool(std::vector<Warning>& found, std::string_view key, std::uint64_t places,
                       const Traffic& traffic);

}  // namespace tripcurve::breaker
