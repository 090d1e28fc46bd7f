using System.Runtime.CompilerServices;

namespace Weft.Pcap;

/// <summary>
/// The unit of an interface's timestamps: a second divided by a power of ten or of two, as the option if_tsresol carries it
/// (draft-ietf-opsawg-pcapng, Interface Description Block).
/// </summary>
/// <param name="Code">The option's octet: the exponent in the low seven bits, the top bit set for powers of two.</param>
public readonly record struct PcapTimestampResolution(byte Code)
{
    private const byte BinaryFlag = 0x80;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Microseconds: what a file means that does not say.</summary>
    public static PcapTimestampResolution Microseconds => new(6);

    /// <summary>Nanoseconds: what writers of this package use unless told otherwise.</summary>
    public static PcapTimestampResolution Nanoseconds => new(9);

    /// <summary>True if the unit is a second over a power of two.</summary>
    public bool IsBinary => (Code & BinaryFlag) != 0;

    /// <summary>The exponent, 0 to 127.</summary>
    public int Exponent => Code & 0x7F;

    /// <summary>The unit of 10^-<paramref name="exponent"/> seconds, 0 to 127.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The exponent is out of range.</exception>
    public static PcapTimestampResolution PowerOfTen(int exponent) => new(Checked(exponent));

    /// <summary>The unit of 2^-<paramref name="exponent"/> seconds, 0 to 127.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The exponent is out of range.</exception>
    public static PcapTimestampResolution PowerOfTwo(int exponent) => new((byte)(Checked(exponent) | BinaryFlag));

    /// <summary>The unit in words, such as "10^-9 s".</summary>
    public override string ToString() => $"{(IsBinary ? 2 : 10)}^-{Exponent} s";

    /// <summary>Nanoseconds in one unit if that is a whole number, else 0.</summary>
    internal ulong WholeNanoseconds => IsBinary
        ? (Exponent <= 9 ? NanosecondsPerSecond >> Exponent : 0)
        : (Exponent <= 9 ? Power(9 - Exponent) : 0);

    /// <summary>Units to nanoseconds, rounded down, saturating at <see cref="long.MaxValue"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal long ToNanoseconds(ulong units)
    {
        UInt128 nanoseconds = IsBinary
            ? ((UInt128)units * NanosecondsPerSecond) >> Exponent
            : Exponent <= 9 ? (UInt128)units * Power(9 - Exponent)
            : Exponent <= 28 ? units / Power(Exponent - 9)
            : UInt128.Zero;
        return nanoseconds > long.MaxValue ? long.MaxValue : (long)nanoseconds;
    }

    /// <summary>Nanoseconds to units, rounded down, saturating at <see cref="ulong.MaxValue"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal ulong FromNanoseconds(ulong nanoseconds)
    {
        if (!IsBinary && Exponent <= 9)
        {
            return nanoseconds / Power(9 - Exponent);
        }

        // Beyond these exponents a second alone overflows the 64 bits of a timestamp.
        if (Exponent > (IsBinary ? 63 : 19))
        {
            return nanoseconds == 0 ? 0 : ulong.MaxValue;
        }

        UInt128 units = IsBinary
            ? ((UInt128)nanoseconds << Exponent) / NanosecondsPerSecond
            : (UInt128)nanoseconds * Power(Exponent - 9);
        return units > ulong.MaxValue ? ulong.MaxValue : (ulong)units;
    }

    private static ulong Power(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }

    private static byte Checked(int exponent) => exponent is >= 0 and <= 0x7F
        ? (byte)exponent
        : throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "The exponent must be from 0 to 127.");
}
