namespace Weft.Ids;

/// <summary>The line that both sides of SSH begin with: <c>SSH-2.0-software comment</c> (RFC 4253 section 4.2).</summary>
internal static class SshBanner
{
    public static ReadOnlySpan<byte> Protocol(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = Rest(line);
        int dash = rest.IndexOf((byte)'-');
        return dash < 0 ? [] : rest[..dash];
    }

    public static ReadOnlySpan<byte> Software(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = Rest(line);
        int dash = rest.IndexOf((byte)'-');
        return dash < 0 ? [] : rest[(dash + 1)..].TrimEnd("\r\n"u8);
    }

    private static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> line) => line.StartsWith("SSH-"u8) ? line[4..] : [];
}
