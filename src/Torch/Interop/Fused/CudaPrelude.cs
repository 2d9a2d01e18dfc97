namespace Functional.Torch.Interop;

/// <summary>The functions of elements that generated kernels call, in CUDA C, with no header.</summary>
internal static class CudaPrelude
{
    /// <summary>
    /// The text. Where HOST is defined it is plain C++ for one thread a row: so the generated code can be run without a GPU.
    /// </summary>
    public const string Text = """
        #ifndef HOST
        #define DEVICE static __device__ __forceinline__
        DEVICE float from_half(unsigned short x) { float y; asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x)); return y; }
        DEVICE unsigned short to_half(float x) { unsigned short y; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y) : "f"(x)); return y; }
        DEVICE unsigned bits_of(float x) { return __float_as_uint(x); }
        DEVICE float of_bits(unsigned x) { return __uint_as_float(x); }
        DEVICE unsigned high_of(unsigned a, unsigned b) { return __umulhi(a, b); }
        template <typename T> DEVICE T lane_from(T x, int mask) { return __shfl_xor_sync(0xffffffffu, x, mask); }
        #endif
        DEVICE float from_bfloat(unsigned short x) { return of_bits((unsigned)x << 16); }
        DEVICE unsigned short to_bfloat(float x) {
          unsigned b = bits_of(x);
          return x != x ? (unsigned short)0x7fc0 : (unsigned short)((b + 0x7fffu + ((b >> 16) & 1u)) >> 16);
        }
        DEVICE float inf_of() { return of_bits(0x7f800000u); }
        DEVICE float nan_of() { return of_bits(0x7fc00000u); }
        DEVICE float odd_of(double x) {
          float y = (float)x;
          unsigned b = bits_of(y);
          double back = (double)y;
          if (back == x || x != x || (b & 1u) || (b & 0x7fffffffu) == 0x7f800000u) return y;
          bool away = (back > x) == (x > 0);
          return of_bits(away ? b - 1u : b + 1u);
        }
        DEVICE int int_of(double x) {
          return x != x ? 0 : x >= 2147483647.0 ? 2147483647 : x <= -2147483648.0 ? -2147483647 - 1 : (int)x;
        }
        DEVICE int int_of(long long x) {
          return x > 2147483647LL ? 2147483647 : x < -2147483648LL ? -2147483647 - 1 : (int)x;
        }
        DEVICE long long long_of(double x) {
          return x != x ? 0LL : x >= 9223372036854775808.0 ? 9223372036854775807LL
            : x < -9223372036854775808.0 ? -9223372036854775807LL - 1 : (long long)x;
        }
        template <typename T> DEVICE T relu_of(T x) { return x < 0 ? (T)0 : x; }
        template <typename T> DEVICE T abs_of(T x) { return x < 0 ? -x : x; }
        DEVICE float abs_of(float x) { return fabsf(x); }
        DEVICE double abs_of(double x) { return fabs(x); }
        template <typename T> DEVICE T sign_of(T x) { return x > 0 ? (T)1 : x < 0 ? (T)-1 : x + (T)0; }
        template <typename T> DEVICE T maximum_of(T a, T b) { return a > b || a != a ? a : b; }
        template <typename T> DEVICE T minimum_of(T a, T b) { return a < b || a != a ? a : b; }
        DEVICE float sigmoid_of(float x) { return 1.0f / (1.0f + expf(-x)); }
        DEVICE double sigmoid_of(double x) { return 1.0 / (1.0 + exp(-x)); }
        DEVICE float softplus_of(float x) { return maximum_of(x, 0.0f) + log1pf(expf(-fabsf(x))); }
        DEVICE double softplus_of(double x) { return maximum_of(x, 0.0) + log1p(exp(-fabs(x))); }
        DEVICE float pow_of(float a, float b) { return b == 2.0f ? a * a : powf(a, b); }
        DEVICE double pow_of(double a, double b) { return b == 2.0 ? a * a : pow(a, b); }
        template <typename T> DEVICE T power_of(T a, T b) {
          T p = 1;
          for (; b > 0; b >>= 1, a *= a) p = b & 1 ? p * a : p;
          return p;
        }
        DEVICE int pow_of(int a, int b) { return b < 0 ? 0 : power_of(a, b); }
        DEVICE long long pow_of(long long a, long long b) { return b < 0 ? 0 : power_of(a, b); }
        template <typename T> DEVICE T wholediv_of(T a, T b) {
          if (b == 0) return 0;
          if (b == -1) return (T)(0 - a);
          T q = a / b;
          return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
        }
        template <typename T> DEVICE T wholemod_of(T a, T b) {
          if (b == 0 || b == -1) return 0;
          T r = a % b;
          return r != 0 && (r < 0) != (b < 0) ? r + b : r;
        }
        DEVICE int floordiv_of(int a, int b) { return wholediv_of(a, b); }
        DEVICE long long floordiv_of(long long a, long long b) { return wholediv_of(a, b); }
        DEVICE int mod_of(int a, int b) { return wholemod_of(a, b); }
        DEVICE long long mod_of(long long a, long long b) { return wholemod_of(a, b); }
        DEVICE double mod_of(double a, double b) {
          double r = fmod(a, b);
          return r == 0 ? copysign(0.0, b) : (r < 0) != (b < 0) ? r + b : r;
        }
        DEVICE double floordiv_of(double a, double b) {
          if (b == 0) return a / b;
          double r = fmod(a, b), q = (a - r) / b;
          if (r != 0 && (r < 0) != (b < 0)) q -= 1;
          if (q == 0) return copysign(0.0, a / b);
          double f = floor(q);
          return q - f > 0.5 ? f + 1 : f;
        }
        DEVICE float mod_of(float a, float b) {
          float r = fmodf(a, b);
          return r == 0 ? copysignf(0.0f, b) : (r < 0) != (b < 0) ? r + b : r;
        }
        DEVICE float floordiv_of(float a, float b) {
          if (b == 0) return a / b;
          float r = fmodf(a, b), q = (a - r) / b;
          if (r != 0 && (r < 0) != (b < 0)) q -= 1;
          if (q == 0) return copysignf(0.0f, a / b);
          float f = floorf(q);
          return q - f > 0.5f ? f + 1 : f;
        }
        template <typename T> DEVICE T rowsum_of(T a, T b) { return a + b; }
        template <typename T> DEVICE T rowmax_of(T a, T b) { return maximum_of(a, b); }
        template <typename T> DEVICE T rowmin_of(T a, T b) { return minimum_of(a, b); }
        #ifdef HOST
        #define JOIN(name, op) template <int LANES, typename T> DEVICE T name(T x) { return x; }
        #else
        #define JOIN(name, op) \
          template <int LANES, typename T> DEVICE T name(T x) { \
            for (int m = 16; m > 0; m >>= 1) x = op(x, lane_from(x, m)); \
            if (LANES == 32) return x; \
            __shared__ T parts[32]; \
            __syncthreads(); \
            if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x; \
            __syncthreads(); \
            x = parts[0]; \
            for (int i = 1; i < LANES / 32; i++) x = op(x, parts[i]); \
            return x; \
          }
        #endif
        JOIN(join_rowsum, rowsum_of)
        JOIN(join_rowmax, rowmax_of)
        JOIN(join_rowmin, rowmin_of)
        #ifdef HOST
        template <int LANES, int C, int ITEMS, typename T> DEVICE void put_columns(T* parts, const T* t, int block, int thread) {
          for (int u = 0; u < C; u++) parts[(long long)block * C + u] = t[u];
        }
        template <typename T> DEVICE void put_total(T* parts, T x, int block, int thread) { parts[block] = x; }
        #define SLICES 1
        template <typename T> DEVICE T join_slices(T x, int slice) { return x; }
        #else
        template <int LANES, int C, int ITEMS, typename T> DEVICE void put_columns(T* parts, const T* t, int block, int thread) {
          if (LANES == 32) {
            __shared__ T warps[8 * (LANES == 32 ? C : 1)];
            __syncthreads();
            #pragma unroll
            for (int u = 0; u < ITEMS; u++) {
              int c = thread % 32 + u * 32;
              if (c < C) warps[thread / 32 * C + c] = t[u];
            }
            __syncthreads();
            if (thread < C) {
              T x = warps[thread];
              for (int w = 1; w < 8; w++) x += warps[w * C + thread];
              parts[(long long)block * C + thread] = x;
            }
          } else {
            #pragma unroll
            for (int u = 0; u < ITEMS; u++) {
              int c = thread + u * LANES;
              if (c < C) parts[(long long)block * C + c] = t[u];
            }
          }
        }
        template <typename T> DEVICE void put_total(T* parts, T x, int block, int thread) {
          x = join_rowsum<256>(x);
          if (thread == 0) parts[block] = x;
        }
        #define SLICES 8
        template <typename T> DEVICE T join_slices(T x, int slice) {
          __shared__ T slices[256];
          __syncthreads();
          slices[threadIdx.x] = x;
          __syncthreads();
          for (int s = 1; s < SLICES && slice == 0; s++) x += slices[threadIdx.x + s * 32];
          return x;
        }
        template <typename T> DEVICE T sum_column(const T* parts, int count, int columns, int column, int slice) {
          T x = 0;
          if (column < columns)
            #pragma unroll 4
            for (int p = slice; p < count; p += SLICES) x += parts[(long long)p * columns + column];
          return join_slices(x, slice);
        }
        template <typename T> DEVICE T sum_total(const T* parts, int count) {
          T x = 0;
          for (int p = threadIdx.x; p < count; p += 256) x += parts[p];
          return join_rowsum<256>(x);
        }
        #endif

        """;

    /// <summary>What a C++ compiler of the host needs in front: the functions that CUDA has built in.</summary>
    public const string Host = """
        #include <cmath>
        #include <cstring>
        #include <immintrin.h>
        #define HOST 1
        #define DEVICE static inline
        DEVICE float from_half(unsigned short x) { return _cvtsh_ss(x); }
        DEVICE unsigned short to_half(float x) { return (unsigned short)_cvtss_sh(x, 0); }
        DEVICE unsigned bits_of(float x) { unsigned y; std::memcpy(&y, &x, 4); return y; }
        DEVICE float of_bits(unsigned x) { float y; std::memcpy(&y, &x, 4); return y; }
        DEVICE unsigned high_of(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
        #define __restrict__

        """;
}
