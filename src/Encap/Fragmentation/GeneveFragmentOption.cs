using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// The Geneve option that carries <see cref="FragmentInfo"/> (RFC 8926 section 3.5 for the option header; the data are ours):
/// <code>
///  0                   1                   2                   3
///  |      option class (16)        |1| type (7)    | 0 0 0 | len = 2 |
///  |                        datagram id (32)                         |
///  |      total length (16)        |   offset in 8 bytes (13)  | v=0 |
/// </code>
/// The critical bit is set: an endpoint that does not know the option must drop the packet and never deliver a piece as a frame.
/// </summary>
/// <param name="OptionClass">Option class; 0xFF00 to 0xFFFF are for experiments (RFC 8926 section 7).</param>
/// <param name="OptionType">Option type with the critical bit, 0x80 to 0xFF.</param>
public readonly record struct GeneveFragmentOption(ushort OptionClass, byte OptionType)
{
    /// <summary>Bytes of the option, its header included.</summary>
    public const int Length = GeneveOption.HeaderLength + FragmentFormat.Length;

    /// <summary>First class of the experimental range, the default.</summary>
    public const ushort ExperimentalClass = 0xFF00;

    private const byte CriticalBit = 0x80;
    private const int DataWords = 2;
    private const int TypeOffset = 2;
    private const int LengthOffset = 3;

    /// <summary>Class 0xFF00, type 0x80.</summary>
    public static GeneveFragmentOption Default => new(ExperimentalClass, CriticalBit);

    /// <summary>Checks what an operator configured.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type lacks the critical bit.</exception>
    public void Validate()
    {
        if ((OptionType & CriticalBit) == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(OptionType), OptionType, "OptionType must be 0x80 to 0xFF: without the critical bit a receiver may deliver a fragment as a frame");
        }
    }

    /// <summary>Writes the option to the first 12 bytes of <paramref name="option"/>.</summary>
    public void Write(Span<byte> option, FragmentInfo info)
    {
        BinaryPrimitives.WriteUInt16BigEndian(option, OptionClass);
        option[TypeOffset] = OptionType;
        option[LengthOffset] = DataWords;
        FragmentFormat.Write(option[GeneveOption.HeaderLength..], info);
    }

    /// <summary>Finds the option among the options of a Geneve header.</summary>
    /// <param name="options">The options of a header, as long as its option length says.</param>
    /// <param name="info">What the option says, if the result is <see cref="FragmentOptionResult.Fragment"/>.</param>
    /// <returns>Whether there is a fragment, none, or a reason to drop. At most 63 options are looked at: the header holds no more.</returns>
    public FragmentOptionResult Read(ReadOnlySpan<byte> options, out FragmentInfo info) =>
        Read(new GeneveOptionEnumerator(options), this, out info);

    /// <summary>Finds an option, or none if there is none to know.</summary>
    internal static FragmentOptionResult Read(GeneveOptionEnumerator options, GeneveFragmentOption? known, out FragmentInfo info)
    {
        info = default;
        FragmentOptionResult result = FragmentOptionResult.None;
        while (options.MoveNext())
        {
            GeneveOption option = options.Current;
            if (!option.IsCritical)
            {
                continue;
            }

            if (known is not { } ours || option.Type != ours.OptionType || option.Class != ours.OptionClass)
            {
                return FragmentOptionResult.UnknownCriticalOption;
            }

            if (result == FragmentOptionResult.Fragment)
            {
                return FragmentOptionResult.Repeated;
            }

            if (!FragmentFormat.TryRead(option.Data, out info))
            {
                return FragmentOptionResult.BadOption;
            }

            result = FragmentOptionResult.Fragment;
        }

        return options.IsMalformed ? FragmentOptionResult.OptionOverrun : result;
    }
}
