using System.Globalization;

namespace Functional.Numerics;

/// <summary>
/// A brain floating-point number of 16 bits: the upper half of a float, with its 8 bits of exponent and 7 bits of fraction.
/// It is a type of storage; compute in float, to which it converts exactly. Conversions to it round to the nearest, halves to
/// the even one, once, and keep NaN.
/// </summary>
public readonly struct BFloat16 : IEquatable<BFloat16>, IComparable<BFloat16>, IFormattable
{
    private const uint QuietNaN = 0x7FC0;

    private readonly ushort bits;

    private BFloat16(ushort bits) => this.bits = bits;

    /// <summary>The number that these bits stand for.</summary>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>The 16 bits of a number: sign, exponent, fraction.</summary>
    public static ushort ToBits(BFloat16 x) => x.bits;

    /// <summary>Whether the number is NaN.</summary>
    public static bool IsNaN(BFloat16 x) => (x.bits & 0x7FFF) > 0x7F80;

    /// <summary>The nearest number.</summary>
    public static explicit operator BFloat16(float x)
    {
        uint word = BitConverter.SingleToUInt32Bits(x);
        if (float.IsNaN(x))
        {
            return new((ushort)((word >> 16 & 0x8000) | QuietNaN));
        }

        // adds just below half of the last bit kept, and all of the half where that bit is odd
        return new((ushort)((word + 0x7FFF + (word >> 16 & 1)) >> 16));
    }

    /// <summary>The nearest number, rounded once.</summary>
    public static explicit operator BFloat16(double x)
    {
        float near = (float)x;
        return (BFloat16)(near == x || double.IsNaN(x) ? near : RoundToOdd(near, Math.Abs((double)near) > Math.Abs(x)));
    }

    /// <summary>The nearest number, rounded once.</summary>
    public static explicit operator BFloat16(long x)
    {
        float near = x;

        // an exact comparison: a float from 2^63 on is above every long
        Int128 whole = (Int128)near;
        return (BFloat16)(whole == x ? near : RoundToOdd(near, Int128.Abs(whole) > Int128.Abs(x)));
    }

    /// <summary>The same number as a float.</summary>
    public static implicit operator float(BFloat16 x) => BitConverter.UInt32BitsToSingle((uint)x.bits << 16);

    /// <summary>Whether the numbers are equal: 0 equals -0, and NaN nothing.</summary>
    public static bool operator ==(BFloat16 a, BFloat16 b) => (float)a == (float)b;

    /// <summary>Whether the numbers differ.</summary>
    public static bool operator !=(BFloat16 a, BFloat16 b) => (float)a != (float)b;

    /// <summary>Whether a is below b.</summary>
    public static bool operator <(BFloat16 a, BFloat16 b) => (float)a < (float)b;

    /// <summary>Whether a is above b.</summary>
    public static bool operator >(BFloat16 a, BFloat16 b) => (float)a > (float)b;

    /// <summary>Whether a is below b or equal.</summary>
    public static bool operator <=(BFloat16 a, BFloat16 b) => (float)a <= (float)b;

    /// <summary>Whether a is above b or equal.</summary>
    public static bool operator >=(BFloat16 a, BFloat16 b) => (float)a >= (float)b;

    /// <inheritdoc/>
    public bool Equals(BFloat16 other) => ((float)this).Equals((float)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(BFloat16 other) => ((float)this).CompareTo((float)other);

    /// <summary>The fewest digits that tell the number from every other one of the type.</summary>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <summary>The number as a float of this format; without one, or with R, the fewest digits that name it.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider)
    {
        float value = this;
        if (!string.IsNullOrEmpty(format) && format is not ("R" or "r"))
        {
            return value.ToString(format, formatProvider);
        }

        // 8 bits of precision are told apart by 4 digits at most
        for (int digits = 1; digits < 4; digits++)
        {
            string text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (((BFloat16)double.Parse(text, CultureInfo.InvariantCulture)).Equals(this))
            {
                return double.Parse(text, CultureInfo.InvariantCulture).ToString("R", formatProvider);
            }
        }

        string four = value.ToString("G4", CultureInfo.InvariantCulture);
        return double.Parse(four, CultureInfo.InvariantCulture).ToString("R", formatProvider);
    }

    // Round to odd: an inexact result keeps its last bit set, so that rounding it again equals rounding once.
    private static float RoundToOdd(float near, bool isAway)
    {
        uint bits = BitConverter.SingleToUInt32Bits(near);
        return BitConverter.UInt32BitsToSingle((isAway ? bits - 1 : bits) | 1);
    }
}
