namespace Weft.Ids;

/// <summary>Sequence numbers modulo 2^32 (RFC 9293 section 3.4).</summary>
internal static class TcpSequence
{
    public static bool IsBefore(uint left, uint right) => (int)(left - right) < 0;

    public static uint Later(uint left, uint right) => IsBefore(left, right) ? right : left;
}
