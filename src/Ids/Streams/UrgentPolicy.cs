namespace Weft.Ids;

/// <summary>
/// What a receiver does with a byte that is marked urgent (RFC 9293 section 3.8.5). It does not matter where packets are changed:
/// there the mark is taken off, and the byte is one like others.
/// </summary>
public enum UrgentPolicy : byte
{
    /// <summary>The byte before the urgent pointer is no part of the stream: what systems do unless a program asks otherwise (RFC 6093 section 3.1).</summary>
    OutOfBand,

    /// <summary>The byte is part of the stream, as RFC 6093 section 6 recommends to programs.</summary>
    Inline,
}
