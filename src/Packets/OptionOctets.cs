namespace Weft.Packets;

/// <summary>
/// The form that IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.1) options share: 0 ends them, 1 is padding of one octet, and
/// every other kind is followed by a length that counts the kind and itself.
/// </summary>
internal static class OptionOctets
{
    private const byte End = 0;
    private const byte NoOperation = 1;
    private const int HeadLength = 2;

    /// <summary>Takes one option off the front of <paramref name="rest"/>; false at the end, and after a length that is impossible.</summary>
    /// <remarks>It takes one octet at least whenever it returns true, and leaves nothing when the length is impossible.</remarks>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out byte kind, out ReadOnlySpan<byte> data, out bool malformed)
    {
        kind = End;
        data = [];
        malformed = false;
        if (rest.IsEmpty || rest[0] == End)
        {
            return false;
        }

        kind = rest[0];
        if (kind == NoOperation)
        {
            rest = rest[1..];
            return true;
        }

        int length = rest.Length < HeadLength ? 0 : rest[1];
        if (length < HeadLength || length > rest.Length)
        {
            malformed = true;
            rest = [];
            return false;
        }

        data = rest[HeadLength..length];
        rest = rest[length..];
        return true;
    }
}
