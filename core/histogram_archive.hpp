// A histogram as a value that parts of shared work keep (shards/values.hpp): exactly.
#pragma once

#include "core/histogram.hpp"

namespace tripcurve {

template <typename Archive>
void archive(Archive& archive, Histogram& histogram) {
  auto contents = histogram.contents();
  archive(contents.buckets, contents.sum_ns, contents.min_ns, contents.max_ns);
  if constexpr (Archive::reads) {
    if (auto read = Histogram::of(contents)) {
      histogram = *std::move(read);
    } else {
      archive.fail();
    }
  }
}

}  // namespace tripcurve
