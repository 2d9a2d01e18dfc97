using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>A use of a random key: see RandomKernels.</summary>
internal enum RandomKind : byte
{
    /// <summary>Numbers in [0, 1).</summary>
    Uniform,

    /// <summary>Standard normal numbers.</summary>
    Normal,

    /// <summary>Integers of 32 bits.</summary>
    Bits,

    /// <summary>Keys that are independent of each other.</summary>
    Split,

    /// <summary>A key derived from a key and a number.</summary>
    Fold,
}

/// <summary>
/// Random numbers as kernels of their own: Philox4x32-10 and the inverse of the normal distribution as the CPU's kernels have
/// them, bit for bit, since they are compiled without contractions. Each thread computes one block of four words.
/// </summary>
internal static class CudaRandom
{
    private const string Functions = """
        DEVICE void philox(unsigned k0, unsigned k1, unsigned c0, unsigned c3, unsigned* w) {
          unsigned c1 = 0, c2 = 0;
          for (int round = 0; round < 10; round++) {
            unsigned h0 = high_of(0xD2511F53u, c0), l0 = 0xD2511F53u * c0;
            unsigned h1 = high_of(0xCD9E8D57u, c2), l1 = 0xCD9E8D57u * c2;
            c0 = h1 ^ c1 ^ k0;
            c1 = l1;
            c2 = h0 ^ c3 ^ k1;
            c3 = l0;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
          }
          w[0] = c0; w[1] = c1; w[2] = c2; w[3] = c3;
        }
        DEVICE double log_of(double x) {
          const long long bits = dbits_of(x) - 0x3fe6a09e00000000LL;
          const double e = (double)(bits >> 52);
          const double f = of_dbits((bits & 0x000fffffffffffffLL) + 0x3fe6a09e00000000LL) - 1;
          const double s = f / (f + 2), z = s * s, w = z * z;
          double even = 2.222219843214978396e-01 + (w * 1.531383769920937332e-01);
          even = w * (3.999999999940941908e-01 + (w * even));
          double odd = 1.818357216161805012e-01 + (w * 1.479819860511658591e-01);
          odd = 2.857142874366239149e-01 + (w * odd);
          odd = z * (6.666666666666735130e-01 + (w * odd));
          const double half = 0.5 * f * f;
          const double low = (s * (half + even + odd)) + (e * 1.90821492927058770002e-10) - half;
          return low + f + (e * 6.93147180369123816490e-01);
        }
        DEVICE double ratio_of(double r, const double* a, const double* b) {
          double x = a[7], y = b[6];
          for (int i = 6; i >= 0; i--) x = (x * r) + a[i];
          for (int i = 5; i >= 0; i--) y = (y * r) + b[i];
          return x / ((y * r) + 1);
        }
        DEVICE double normal_of(double p) {
          const double q = p - 0.5;
          if (fabs(q) <= 0.425) {
            const double a[] = { 3.3871328727963666080, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
              1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4,
              2.5090809287301226727e+3 };
            const double b[] = { 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
              2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3 };
            return q * ratio_of(0.180625 - (q * q), a, b);
          }
          const double tail = sqrt(-log_of(q < 0 ? p : 1 - p));
          double x;
          if (tail <= 5) {
            const double a[] = { 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
              3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
              7.74545014278341407640e-4 };
            const double b[] = { 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
              1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9 };
            x = ratio_of(tail - 1.6, a, b);
          } else {
            const double a[] = { 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
              2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
              2.01033439929228813265e-7 };
            const double b[] = { 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
              7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15 };
            x = ratio_of(tail - 5, a, b);
          }
          return q < 0 ? -x : x;
        }

        """;

    /// <summary>The kernel for so many keys (two int32 each) and so many numbers, or new keys, of each key. Its operands are the
    /// keys, for Fold the int32 numbers, and the result; <paramref name="type"/> is that of the floats drawn.</summary>
    public static CudaSource Of(RandomKind kind, ElementType type, long keys, long perKey)
    {
        bool wide = type == ElementType.Float64 && (kind is RandomKind.Uniform or RandomKind.Normal);
        int perBlock = kind is RandomKind.Split or RandomKind.Fold ? 1 : wide ? 2 : 4;
        long blocks = kind == RandomKind.Fold ? 1 : (perKey + perBlock - 1) / perBlock;
        long threads = keys * blocks;
        string stored = kind is RandomKind.Uniform or RandomKind.Normal ? CudaOperators.Stored(type) : "int";
        string data = kind == RandomKind.Fold ? "const int* data, " : "";
        string counter = kind == RandomKind.Fold ? "(unsigned)data[key]" : $"(unsigned)(t % {Math.Max(blocks, 1)}LL)";
        int purpose = kind switch
        {
            RandomKind.Split => 1,
            RandomKind.Fold => 2,
            _ => 0,
        };
        string write = kind is RandomKind.Split or RandomKind.Fold
            ? "y[2 * t] = (int)w[0]; y[2 * t + 1] = (int)w[1];"
            : $$"""
                const long long first = (t % {{Math.Max(blocks, 1)}}LL) * {{perBlock}};
                  for (int j = 0; j < {{perBlock}}; j++)
                    if (first + j < {{perKey}}LL) y[key * {{perKey}}LL + first + j] = {{Number(kind, type)}};
                """;
        string cast = kind == RandomKind.Fold ? "(const int*)p[1], " : "";
        int result = kind == RandomKind.Fold ? 2 : 1;
        string text = $$"""
            {{CudaPrelude.Text}}#ifdef HOST
            DEVICE long long dbits_of(double x) { long long y; std::memcpy(&y, &x, 8); return y; }
            DEVICE double of_dbits(long long x) { double y; std::memcpy(&y, &x, 8); return y; }
            #else
            DEVICE long long dbits_of(double x) { return __double_as_longlong(x); }
            DEVICE double of_dbits(long long x) { return __longlong_as_double(x); }
            #endif
            {{Functions}}
            DEVICE void draw(const long long t, const int* keys, {{data}}{{stored}}* y) {
              if (t >= {{threads}}LL) return;
              const long long key = t / {{Math.Max(blocks, 1)}}LL;
              unsigned w[4];
              philox((unsigned)keys[2 * key], (unsigned)keys[2 * key + 1], {{counter}}, {{purpose}}u, w);
              {{write}}
            }
            #ifdef HOST
            extern "C" void {{CudaSource.Name}}(void** p) {
              for (long long t = 0; t < {{threads}}LL; t++) draw(t, (const int*)p[0], {{cast}}({{stored}}*)p[{{result}}]);
            }
            #else
            extern "C" __global__ void __launch_bounds__({{CudaSource.Threads}}) {{CudaSource.Name}}(const int* keys, {{data}}{{stored}}* y) {
              draw((long long)blockIdx.x * {{CudaSource.Threads}} + threadIdx.x, keys, {{(kind == RandomKind.Fold ? "data, " : "")}}y);
            }
            #endif

            """;
        int launched = checked((int)((threads + CudaSource.Threads - 1) / CudaSource.Threads));
        return new(text, launched, 0, result + 1, 0) { IsExact = true };
    }

    // The j-th number of a block.
    private static string Number(RandomKind kind, ElementType type)
    {
        if (kind == RandomKind.Bits)
            return "(int)w[j]";
        if (type == ElementType.Float64)
        {
            const string word = "(((unsigned long long)w[2 * j] << 32) | w[2 * j + 1])";
            return kind == RandomKind.Uniform
                ? $"(double)(long long)({word} >> 11) * (1.0 / 9007199254740992.0)"
                : $"normal_of(((double)(long long)({word} >> 12) + 0.5) * (1.0 / 4503599627370496.0))";
        }

        string single = kind == RandomKind.Uniform
            ? "(float)(int)(w[j] >> 8) * (1.0f / 16777216.0f)"
            : "(float)normal_of(((double)w[j] + 0.5) * (1.0 / 4294967296.0))";
        // what is rounded to a half type must not become 1
        if (kind == RandomKind.Uniform && type != ElementType.Float32)
            single = $"minimum_of({single}, {CudaOperators.Constant(ElementType.Float32, type == ElementType.Float16 ? 1 - (1.0 / 2048) : 1 - (1.0 / 256))})";
        return CudaOperators.ToStore(type, single);
    }
}
