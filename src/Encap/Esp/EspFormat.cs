using System.Runtime.CompilerServices;

namespace Weft.Encap;

/// <summary>
/// The layout that both directions share (RFC 4303 section 2, with the IV of RFC 4106 section 3.1):
/// <code>
///  SPI 4 | sequence 4 | IV 8 or none | payload | padding 0 to 3 | pad length 1 | next header 1 | tag 16
///  \__ authenticated (with the high half of the sequence) __/\____ encrypted and authenticated ____/
/// </code>
/// </summary>
internal static class EspFormat
{
    public const int SpiLength = 4;
    public const int FixedHeaderLength = 8;
    public const int IvLength = 8;
    public const int TrailerLength = 2;
    public const int Alignment = 4;
    public const byte DummyNextHeader = 59;
    public const int MaxAssociatedLength = 12;

    public static int HeaderLength(bool implicitIv) => implicitIv ? FixedHeaderLength : FixedHeaderLength + IvLength;

    /// <summary>Bytes of padding that align payload, padding and trailer to four (RFC 4303 section 2.4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PadLength(int payloadLength) => -(payloadLength + TrailerLength) & (Alignment - 1);
}
