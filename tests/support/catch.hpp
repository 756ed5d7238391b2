// Catch2, version 2 or 3, by one include.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_all.hpp>
namespace tripcurve::testing {
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
}  // namespace tripcurve::testing
#else
#include <catch2/catch.hpp>
namespace tripcurve::testing {
using Catch::Detail::Approx;
using Catch::Matchers::StartsWith;
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
}  // namespace tripcurve::testing
#endif
