package recorder

import (
	"math/rand"
	"reflect"
	"unsafe"
)

// Chance gives as Float64 the numbers of tripcurve's Random (core/random.hpp) of the same seed: the upper
// 53 bits of SplitMix64, over 2^53. math/rand divides an Int63 by 2^63 for it.
func Chance(seed uint64) *rand.Rand { return rand.New(&splitMix{mix(seed + golden)}) }

const golden = 0x9e3779b97f4a7c15

type splitMix struct{ state uint64 }

func (s *splitMix) Int63() int64 {
	s.state += golden
	return int64(mix(s.state) >> 11 << 10)
}

func (s *splitMix) Seed(int64) { panic("chance has its seed") }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Field is a pointer to a field that a library keeps to itself, through pointers and interfaces.
func Field[T any](owner any, path ...string) *T {
	value := reflect.ValueOf(owner)
	for _, name := range path {
		for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
			value = value.Elem()
		}
		value = value.FieldByName(name)
	}
	return (*T)(unsafe.Pointer(value.UnsafeAddr()))
}
